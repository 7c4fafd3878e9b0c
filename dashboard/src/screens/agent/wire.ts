import { useEffect, useState } from 'preact/hooks';
import { get, told } from '#dashboard/api.ts';
import { onEvents } from '#dashboard/store.ts';
import type { AgentConnections, AgentMessages } from '#schemas/wire.ts';

/** What the broker knows of one agent: its connections, and what went over its wire. */
interface AgentWire {
  readonly connections: AgentConnections;
  readonly messages: AgentMessages;
}

/** Many events at once are asked about once. */
const SETTLE_MS = 500;
/** Heartbeats, receipts and connections are no events: they are looked at as often as this, while somebody looks at the page. */
const LOOK_MS = 2000;

/** Read anew and as a whole, so that nothing is ever missing in it or there twice. */
export function useAgentWire(id: number): { readonly wire: AgentWire | null; readonly fault: string | null } {
  const [known, setKnown] = useState<{ wire: AgentWire | null; fault: string | null }>({ wire: null, fault: null });
  useEffect(() => {
    const stop = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    let isSettling = false;
    const next = (ms: number): void => {
      clearTimeout(timer);
      timer = setTimeout(look, ms);
    };
    const look = (): void => {
      isSettling = false;
      if (document.hidden) return next(LOOK_MS);
      // What happens while it is being read is looked at after it.
      read(id, stop.signal)
        .then(
          (wire) => setKnown({ wire, fault: null }),
          (error) => stop.signal.aborted || setKnown(({ wire }) => ({ wire, fault: told(error) })),
        )
        .finally(() => stop.signal.aborted || isSettling || next(LOOK_MS));
    };
    const leave = onEvents((messages) => {
      if (isSettling || !messages.some(({ event }) => event.agent_id === id)) return;
      isSettling = true;
      next(SETTLE_MS);
    });
    const onVisible = (): void => void (document.hidden || next(0));
    document.addEventListener('visibilitychange', onVisible);
    look();
    return () => {
      leave();
      document.removeEventListener('visibilitychange', onVisible);
      clearTimeout(timer);
      stop.abort();
    };
  }, [id]);
  return known;
}

async function read(id: number, signal: AbortSignal): Promise<AgentWire> {
  const [connections, messages] = await Promise.all([
    get<AgentConnections>(`/agents/${id}/connections`, { signal }),
    get<AgentMessages>(`/agents/${id}/messages`, { signal }),
  ]);
  return { connections, messages };
}

/** Whether an MQTT filter matches a topic [MQTT-4.7.1]. */
export function matches(filter: string, topic: string): boolean {
  const levels = topic.split('/');
  const wanted = filter.split('/');
  const isOpen = wanted.at(-1) === '#';
  const fixed = isOpen ? wanted.slice(0, -1) : wanted;
  return (isOpen ? levels.length >= fixed.length : levels.length === fixed.length) && fixed.every((level, index) => level === '+' || level === levels[index]);
}
