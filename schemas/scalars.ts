import Type, { type TSchema } from 'typebox';

/** A JSON null beside the given schema: optional fields may be left out or null, both mean "nothing said". */
export const Nullable = <T extends TSchema>(schema: T) => Type.Union([schema, Type.Null()]);
export const Maybe = <T extends TSchema>(schema: T) => Type.Optional(Nullable(schema));
/** The same schema with a sentence for its readers. */
export const described = <T extends TSchema>(schema: T, description: string): T => Type.With(schema, { description }) as T; // as: an annotation changes no type

export const Id = Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER });

/** What follows the prefix of a token (`psa_`, `psm_`), as the pattern of an expression: 256 bits of base64url (contract §5). */
export const TOKEN_SECRET = '[A-Za-z0-9_-]{43}';

/** Starts with a letter or digit, has at least one letter, at most 63 characters, and is neither `admin` nor `coordinator` in any case (contract §2), nor a token. */
export const AgentName = Type.String({
  pattern:
    '^(?![Aa][Dd][Mm][Ii][Nn]$)(?![Cc][Oo][Oo][Rr][Dd][Ii][Nn][Aa][Tt][Oo][Rr]$)' +
    `(?![Pp][Ss][AaMm]_${TOKEN_SECRET}$)(?=.*[A-Za-z])[A-Za-z0-9][A-Za-z0-9_-]{0,62}$`,
  description: 'Letters, digits, _ and -, the first a letter or digit, at least one letter, at most 63 characters; not admin or coordinator, nor a token',
});

/** ISO 8601 with an offset; what we send is always UTC with milliseconds. */
export const Time = Type.String({ format: 'date-time' });

/** A length of time in minutes, fractions allowed (0.05 is three seconds). At least 0.3 s, at most a year. */
export const Minutes = Type.Number({ minimum: 0.005, maximum: 525_600 });

/** Free text of people and agents. */
export const Text = Type.String({ maxLength: 65_536 });
export const Line = Type.String({ minLength: 1, maxLength: 500, pattern: '\\S', description: 'Up to 500 characters, not only spaces' });
/** What is recognised again by comparing must be kept as it came: no NUL and no half of a surrogate pair, which databases replace. */
const KEPT_AS_IT_IS = '^[^\\u0000\\ud800-\\udfff]*$';
export const MessageId = Type.String({ minLength: 1, maxLength: 128, pattern: KEPT_AS_IT_IS });
/** The name of an agent that may or may not be there: whether it is one is for the coordinator to say. */
export const AnyName = Type.String({ maxLength: 63, pattern: KEPT_AS_IT_IS });
/** Part of a name or a description to look for. */
export const Search = Type.String({ minLength: 1, maxLength: 200, pattern: KEPT_AS_IT_IS });
export const SessionName = Type.String({ maxLength: 128, pattern: KEPT_AS_IT_IS });
export const Capability = Type.String({ minLength: 1, maxLength: 128 });
export const Capabilities = Type.Array(Capability, { maxItems: 64, uniqueItems: true });
export const Progress = Type.Number({ minimum: 0, maximum: 1 });
/** Names a token where it is spoken of; made from its hash, and no secret. */
export const TokenId = Type.String({
  maxLength: 64,
  description:
    'What the token is called: an agent’s by 12 hexadecimal digits, the admin’s likewise, or admin where it was chosen. ' +
    'In a session of the dashboard, with that behind it: admin/session-4, or admin/code/session-4 if a login code opened it',
});
/** Any JSON value at all. */
export const Json = Type.Unknown();
/** What every mutation says to people. */
export const Message = Type.String({ description: 'What was done, for people' });
export const Revision = Type.Integer({ minimum: 1, description: 'Counts changes of what PATCH can change; in quotes it is the ETag, for If-Match' });
