import type { ComponentType } from 'preact';
import { useEffect } from 'preact/hooks';
import { lazy } from 'preact-iso';
import { told } from './api.ts';
import { Button } from './components/button.tsx';
import { Empty } from './components/empty.tsx';
import { Screen } from './screen.tsx';
import { connection, isFresh } from './store.ts';

/**
 * Parts of the page that are loaded when they are first needed. Their names change with every build, so a server that was upgraded under an open
 * page has them no more: then the page loads itself anew, at the same address, once for each build that it finds; what pending undo toasts hold
 * is carried out as the page is left (toast.tsx). If that does not help it says so; if the server is away, the page loads itself anew when it is back.
 */

const KEY = 'ping-system.reloaded-for';

/** A part did not come. Gives whether the page is about to load itself anew. */
export async function reloadedFor(): Promise<boolean> {
  const build = await serversBuild();
  if (build === null) return false;
  try {
    if (sessionStorage.getItem(KEY) === build) return false;
    sessionStorage.setItem(KEY, build);
  } catch {
    return false; // a browser that keeps nothing for us could do it for ever
  }
  location.reload();
  return true;
}

/** The script that the server's page begins with: one name for each build. Null where there is no answer. */
async function serversBuild(): Promise<string | null> {
  try {
    const answer = await fetch('/', { cache: 'no-store', headers: { accept: 'text/html' } });
    const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
    return page.querySelector('script[type="module"]')?.getAttribute('src') ?? null;
  } catch {
    return null;
  }
}

/** A part did not come while the server was away. Browser and bundler remember that: whatever was not loaded before then needs the page anew. */
let isSpoilt = false;

/** A screen that is loaded when it is first gone to. */
export function screenFrom<T>(load: () => Promise<ComponentType<T>>): ComponentType<T> {
  const loadOrSay = async (): Promise<ComponentType<T>> => {
    if (isSpoilt) return Awaited;
    try {
      return await load();
    } catch (error) {
      if (connection.value.state === 'lost' || (await serversBuild()) === null) {
        isSpoilt = true;
        return Awaited;
      }
      if (await reloadedFor()) return Nothing;
      return () => <NotLoaded error={error} />;
    }
  };
  return lazy(loadOrSay);
}

/** Once the server is back, the page is loaded anew at its address. */
function Awaited() {
  const isBack = isFresh.value;
  useEffect(() => {
    if (isBack) void serversBuild().then((build) => build !== null && location.reload());
  }, [isBack]);
  return <NotLoaded error={new Error(isBack ? 'The server is back: loading…' : 'It is loaded as soon as the server is back.')} />;
}

const Nothing = () => <p class="starting muted">Loading the new version…</p>;

const NotLoaded = ({ error }: { readonly error: unknown }) => (
  <Screen title="Not loaded">
    <Empty icon="alert" title="This part of the dashboard could not be loaded">
      <p class="muted">{told(error)}</p>
      <Button kind="primary" icon="refresh" onClick={() => location.reload()} always>
        Load the page again
      </Button>
    </Empty>
  </Screen>
);
