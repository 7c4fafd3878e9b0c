import { useLocation } from 'preact-iso';

/**
 * Addresses. The overview is `/`, every other screen is below `/ui/`, as REST itself has /tasks and /agents. The server answers both with the
 * same page; `/#code=…` logs in (session.ts). What a screen is narrowed to stands in the query: `useQuery()`.
 */
export const to = {
  overview: '/',
  fleet: '/ui/fleet',
  agent: (id: number): string => `/ui/agents/${id}`,
  tasks: '/ui/tasks',
  task: (id: number): string => `/ui/tasks/${id}`,
  traffic: '/ui/traffic',
  events: '/ui/events',
  settings: '/ui/settings',
} as const;

/** Links that the dashboard follows itself; others (/docs, /metrics) are the server's. */
export const SCOPE = /^\/(?:[?#]|$|ui\/)/;

/** The query's fields, and a way to change some (null or '' removes); the address changes in place, so that Back leaves the screen. */
export function useQuery(): readonly [Readonly<Record<string, string>>, (patch: Readonly<Record<string, string | null>>) => void] {
  const { path, query, route } = useLocation();
  const change = (patch: Readonly<Record<string, string | null>>): void => {
    const next = new URLSearchParams(Object.entries({ ...query, ...patch }).flatMap(([key, value]) => (value === null || value === '' ? [] : [[key, value]])));
    const text = next.toString();
    route(text === '' ? path : `${path}?${text}`, true);
  };
  return [query, change];
}
