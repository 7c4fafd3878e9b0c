import { createHash, randomBytes } from 'node:crypto';

/** Secrets made here are shown once; of a token only the hash is kept (contract §5). */

/** `psa_` and 43 characters of base64url: 256 random bits. */
export const newAgentToken = (): string => `psa_${randomBytes(32).toString('base64url')}`;

/** SHA-256, base64url: enough for a secret of 256 random bits, which no dictionary finds. */
export const hashOf = (token: string): string => createHash('sha256').update(token).digest('base64url');

/** As Standard Webhooks write a symmetric secret; they ask for 24 to 64 bytes. */
export const newWebhookSecret = (): string => `whsec_${randomBytes(32).toString('base64')}`;
