import type { Dialect } from '#storage/statement.ts';
import { Append as PostgresqlAppend } from './postgresql/append.ts';
import { Figures as PostgresqlFigures } from './postgresql/figures.ts';
import { Idempotency as PostgresqlIdempotency } from './postgresql/idempotency.ts';
import { Initial as PostgresqlInitial } from './postgresql/initial.ts';
import { Lists as PostgresqlLists } from './postgresql/lists.ts';
import { Phases as PostgresqlPhases } from './postgresql/phases.ts';
import { Session as PostgresqlSession } from './postgresql/session.ts';
import { Silence as PostgresqlSilence } from './postgresql/silence.ts';
import { Taken as PostgresqlTaken } from './postgresql/taken.ts';
import { TokenIds as PostgresqlTokenIds } from './postgresql/token-ids.ts';
import { Webhook as PostgresqlWebhook } from './postgresql/webhook.ts';
import { Append as SqliteAppend } from './sqlite/append.ts';
import { Figures as SqliteFigures } from './sqlite/figures.ts';
import { Idempotency as SqliteIdempotency } from './sqlite/idempotency.ts';
import { Initial as SqliteInitial } from './sqlite/initial.ts';
import { Lists as SqliteLists } from './sqlite/lists.ts';
import { Phases as SqlitePhases } from './sqlite/phases.ts';
import { Session as SqliteSession } from './sqlite/session.ts';
import { Silence as SqliteSilence } from './sqlite/silence.ts';
import { Taken as SqliteTaken } from './sqlite/taken.ts';
import { TokenIds as SqliteTokenIds } from './sqlite/token-ids.ts';
import { Webhook as SqliteWebhook } from './sqlite/webhook.ts';

/** Every migration in order, by the name under which the database remembers it. A new one is added at the end, for both dialects. */
export const MIGRATIONS = {
  sqlite: [
    { name: '0001-initial', class: SqliteInitial },
    { name: '0002-session', class: SqliteSession },
    { name: '0003-phases', class: SqlitePhases },
    { name: '0004-figures', class: SqliteFigures },
    { name: '0005-lists', class: SqliteLists },
    { name: '0006-idempotency', class: SqliteIdempotency },
    { name: '0007-token-ids', class: SqliteTokenIds },
    { name: '0008-webhook', class: SqliteWebhook },
    { name: '0009-silence', class: SqliteSilence },
    { name: '0010-append', class: SqliteAppend },
    { name: '0011-taken', class: SqliteTaken },
  ],
  postgresql: [
    { name: '0001-initial', class: PostgresqlInitial },
    { name: '0002-session', class: PostgresqlSession },
    { name: '0003-phases', class: PostgresqlPhases },
    { name: '0004-figures', class: PostgresqlFigures },
    { name: '0005-lists', class: PostgresqlLists },
    { name: '0006-idempotency', class: PostgresqlIdempotency },
    { name: '0007-token-ids', class: PostgresqlTokenIds },
    { name: '0008-webhook', class: PostgresqlWebhook },
    { name: '0009-silence', class: PostgresqlSilence },
    { name: '0010-append', class: PostgresqlAppend },
    { name: '0011-taken', class: PostgresqlTaken },
  ],
} as const satisfies Record<Dialect, readonly { name: string; class: unknown }[]>;
