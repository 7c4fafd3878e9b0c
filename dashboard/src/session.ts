import { signal } from '@preact/signals';
import type { WhoAmI } from '#schemas/live.ts';
import { ApiProblem, del, get, request, whenUnauthorized } from './api.ts';
import { startLive, stopLive } from './live.ts';
import { forget, me } from './store.ts';
import { carryOut } from './toast.tsx';

/**
 * Logging in and out. A session that ends while the page is open leaves it at its address: whoever logs in again is where they were. The session is a cookie that scripts cannot read; GET /session tells whose it is.
 */

/** Somebody logs out: that the feed ends a moment before the answer comes is no news. */
let isLeaving = false;

/** Why somebody has to log in, where they would not expect it. */
export const notice = signal<string | null>(null);

/** The one-time code of the address that `serve` prints (`/#code=…`); taken out of the address bar, so that it stays in no history. */
function codeInAddress(): string | null {
  const code = new URLSearchParams(location.hash.slice(1)).get('code');
  if (code !== null) history.replaceState(null, '', location.pathname + location.search);
  return code;
}

/**
 * Whether the server saw no session's cookie when it sent this page: then there is nobody to ask about. A page out of the browser's own store
 * (it was gone back to, or kept) was sent at another time, and says nothing.
 */
function cameAsStranger(): boolean {
  const [page] = performance.getEntriesByType('navigation') as PerformanceNavigationTiming[]; // as: what is there of this type
  if (page === undefined || page.type === 'back_forward' || page.transferSize === 0) return false;
  return page.serverTiming?.some(({ name, description }) => name === 'session' && description === 'none') === true;
}

/** Who is it? Throws what is in the way, other than that nobody is logged in. A code that opens nothing is no error where a session is open. */
export async function begin(): Promise<void> {
  whenUnauthorized(ended);
  const code = codeInAddress();
  let badCode = false;
  if (code !== null) {
    try {
      return await logIn({ code });
    } catch (error) {
      if (!(error instanceof ApiProblem) || error.status !== 401) throw error;
      badCode = true;
    }
  }
  try {
    if (cameAsStranger()) me.value = null;
    else enter(await get<WhoAmI>('/session'));
  } catch (error) {
    if (!(error instanceof ApiProblem) || error.status !== 401) throw error;
    me.value = null;
  }
  if (badCode && me.value === null) notice.value = 'This login address was used already, or is older than ten minutes.';
}

export async function logIn(by: { readonly token: string } | { readonly code: string }): Promise<void> {
  enter((await request<WhoAmI>('POST', '/session', { body: by })).body);
}

export async function logOut(): Promise<void> {
  await carryOut();
  isLeaving = true;
  try {
    await del('/session');
  } catch (error) {
    if (!(error instanceof ApiProblem)) throw error; // a session that is over is what was asked for
  } finally {
    isLeaving = false;
  }
  leave();
}

function enter(who: WhoAmI): void {
  notice.value = null;
  me.value = who;
  startLive(ended);
}

function ended(): void {
  const wasHere = me.value !== null && me.value !== undefined;
  leave();
  if (wasHere && !isLeaving) notice.value = 'Your session has ended: it was revoked, or not used for twelve hours. Log in to go on where you were.';
}

function leave(): void {
  stopLive();
  forget();
  me.value = null;
}
