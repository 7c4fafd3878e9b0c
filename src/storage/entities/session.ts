import { defineEntity, p } from '@mikro-orm/core';
import { id } from './id.ts';

/** Logins of the dashboard. No foreign key: a session of an agent that is gone opens nothing, and is dropped like any idle one. */
export const Session = defineEntity({
  name: 'Session',
  tableName: 'session',
  properties: {
    id: p.type(id).primary(),
    /** Of the cookie's secret: whoever reads this table cannot use it. */
    secret_hash: p.text(),
    /** Null: the admin. */
    agent_id: p.bigint('number').nullable(),
    /** Binds the session to the token it was opened under, see SessionRow. */
    binding: p.text(),
    /** The id of the token it is bound to (`tokenIdOf`), with `/code` behind it where a login code opened it; null: from before this was written down. */
    opened_by: p.text().nullable(),
    user_agent: p.text().nullable(),
    created_at: p.bigint('number'),
    used_at: p.bigint('number'),
  },
  uniques: [{ name: 'session_secret', properties: ['secret_hash'] }],
});
