import { Button } from './components/button.tsx';
import { Icon, type IconName } from './components/icon.tsx';
import { hurry } from './live.ts';
import { connection, isTruncated } from './store.ts';
import { clockTime, length, now } from './time.ts';
import './banner.css';

/** Says when what is shown is not live: since when, and how old it is. Nothing is shown while all is well. */
export function Banner() {
  const { state, since } = connection.value;
  if (state === 'lost') {
    return (
      <div class="banner" data-tone="bad" role="alert">
        <Icon name="wifiOff" />
        <span>
          <strong>Connection lost</strong> since {clockTime(since)}. What you see is <span aria-hidden="true">{length(now.value - since)} </span>old; nothing
          can be changed until it is back.
        </span>
        <Button kind="quiet" onClick={hurry} always>
          Try now
        </Button>
      </div>
    );
  }
  if (state === 'polling')
    return <Warning icon="refresh" text="The live connection is blocked, probably by a proxy: this page asks every few seconds instead." />;
  if (isTruncated.value)
    return <Warning icon="info" text="There are more agents or tasks than this page holds. Use the search, or the REST API, for the rest." />;
  return null;
}

const Warning = ({ icon, text }: { readonly icon: IconName; readonly text: string }) => (
  <div class="banner" data-tone="warn" role="status">
    <Icon name={icon} />
    <span>{text}</span>
  </div>
);

const WORDS = { connecting: 'connecting', live: 'live', polling: 'every few seconds', lost: 'connection lost' } as const;

/** The small sign of life in the sidebar. */
export function LinkState() {
  const { state } = connection.value;
  return (
    <span class="link-state" data-state={state}>
      <span class="dot" aria-hidden="true" />
      {WORDS[state]}
    </span>
  );
}
