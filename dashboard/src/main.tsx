import './tokens.css';
import './base.css';
import './components/field.css';
import { render } from 'preact';
import { App } from './app.tsx';
import { lookUpNames } from './names.ts';
import { keepScheme } from './scheme.ts';
import { keepTab } from './title.ts';

/**
 * The dashboard. Where things are:
 *   address.ts  which screen has which address, and filters in the query      app.tsx    the routes        shell.tsx  what is around every screen
 *   api.ts      REST                live.ts  the feed, and what helps without it       store.ts   all that is known, as signals; learn() takes an answer
 *   session.ts  login and logout    time.ts  the server's time, ages        keys.ts    shortcuts         toast.tsx  attempt(), withUndo(), failed()
 *   components/ what screens are made of          screens/  one file per screen (bigger ones: a folder); loaded when first gone to
 *   tokens.css  colours, sizes, the font (both schemes)     base.css  text, and classes used everywhere     beside each component and screen: its own css
 *   story.tsx   events in words     actions.ts  pingTask, assignTask, resolveTask, cancelTask     components/assign-dialog.tsx
 * Types come from #schemas/; of its values only vocabulary.ts, time.ts and search.ts (the others would bring their libraries along).
 * In JSX give colours by tokens and tones (data-tone="good|warn|bad|info|calm"); inline styles only for computed sizes.
 */
const root = document.getElementById('app');
if (root !== null) {
  keepScheme();
  keepTab();
  lookUpNames();
  render(<App />, root);
}
