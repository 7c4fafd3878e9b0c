import { createHash, randomBytes } from 'node:crypto';
import { TOKEN_SECRET } from '#schemas/scalars.ts';

/** Secrets made here are shown once; of a token only the hash is kept (contract §5). */

/** A prefix that says whose it is, and 256 random bits. */
const newToken = (prefix: 'psa_' | 'psm_'): string => `${prefix}${randomBytes(32).toString('base64url')}`;
export const newAgentToken = (): string => newToken('psa_');
export const newAdminToken = (): string => newToken('psm_');

/** Whether an admin token is one of those that are made, and not chosen. */
export const isMadeAdminToken = (token: string): boolean => MADE_ADMIN_TOKEN.test(token);
const MADE_ADMIN_TOKEN = new RegExp(`^psm_${TOKEN_SECRET}$`);

/** SHA-256, base64url: enough for a secret of 256 random bits, which no dictionary finds. */
export const hashOf = (token: string): string => createHash('sha256').update(token).digest('base64url');

/**
 * What a token is called where it is spoken of (the audit trail, GET /agents): 48 bits of the hash of 256 random ones. It tells a token from its successor,
 * leads back to neither token nor hash, and opens nothing.
 */
export const tokenIdOf = (hash: string): string => Buffer.from(hash, 'base64url').toString('hex', 0, 6);

/** The same of the admin token. A chosen one may be a word that a dictionary has, and is called just that: its hash is nobody's to see. */
export const adminTokenId = (token: string): string => (isMadeAdminToken(token) ? tokenIdOf(hashOf(token)) : 'admin');

/** As Standard Webhooks write a symmetric secret; they ask for 24 to 64 bytes. */
export const newWebhookSecret = (): string => `whsec_${randomBytes(32).toString('base64')}`;
