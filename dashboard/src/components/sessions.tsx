import { useEffect, useState } from 'preact/hooks';
import { del, get, told } from '#dashboard/api.ts';
import { logOut } from '#dashboard/session.ts';
import { me } from '#dashboard/store.ts';
import { attempt } from '#dashboard/toast.tsx';
import type { Session } from '#schemas/live.ts';
import { Age } from './age.tsx';
import { Button } from './button.tsx';
import './status-badge.css';
import './sessions.css';

/** Who is logged in to the dashboard, and a way to end that. `agentId`: only in this agent's name. */
export function Sessions({ agentId }: { readonly agentId?: number }) {
  const [sessions, setSessions] = useState<readonly Session[] | null>(null);
  const [fault, setFault] = useState<string | null>(null);
  const load = (): Promise<void> =>
    get<{ items: Session[] }>('/sessions?limit=200').then(
      ({ items }) => setSessions(items),
      (error) => setFault(told(error)),
    );
  useEffect(() => void load(), [agentId]);
  const revoke = async (session: Session): Promise<void> => {
    if (session.is_current) return void (await attempt(logOut));
    if ((await attempt(() => del(`/sessions/${session.id}`))) !== undefined) await load();
  };
  if (fault !== null) return <p class="wrong">{fault}</p>;
  if (sessions === null) return <p class="muted">Loading…</p>;
  const shown = sessions.filter((session) => agentId === undefined || session.agent_id === agentId);
  if (shown.length === 0) return <p class="muted">Nobody is logged in to the dashboard in its name.</p>;
  return (
    <ul class="sessions">
      {shown.map((session) => (
        <li key={session.id} class="row spread">
          <div class="session">
            <p class="row wrap">
              <strong>{session.actor ?? 'nobody any more'}</strong>
              {session.is_current && (
                <span class="badge" data-tone="info">
                  this one
                </span>
              )}
            </p>
            <p class="muted small">
              {browserOf(session.user_agent)}, used <Age at={session.used_at} />, since <Age at={session.created_at} />, <code>{session.token_id}</code>
            </p>
          </div>
          {mayEnd(session) && (
            <Button kind="quiet" icon="logOut" onClick={() => revoke(session)} label={session.is_current ? 'Log out' : `Revoke session ${session.id}`}>
              {session.is_current ? 'Log out' : 'Revoke'}
            </Button>
          )}
        </li>
      ))}
    </ul>
  );
}

/** The admin ends anybody's, an agent its own. */
const mayEnd = ({ agent_id }: Session): boolean => me.value?.role === 'admin' || agent_id === me.value?.agent_id;

/** What a browser calls itself, in two words where we know them. */
function browserOf(name: string | null): string {
  if (name === null) return 'Unknown browser';
  const browser = [/Edg\//, /Firefox\//, /Chrome\//, /Safari\//].find((pattern) => pattern.test(name));
  const system = /Windows|Android|iPhone|iPad|Mac OS X|Linux/.exec(name)?.[0];
  const known = browser === undefined ? undefined : { 'Edg\\/': 'Edge', 'Firefox\\/': 'Firefox', 'Chrome\\/': 'Chrome', 'Safari\\/': 'Safari' }[browser.source];
  return known === undefined ? name.slice(0, 80) : `${known}${system === undefined ? '' : ` on ${system}`}`;
}
