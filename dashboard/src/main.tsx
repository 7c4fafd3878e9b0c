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
 *   app.tsx      the routes              address.ts  which screen has which address, and filters in the query      shell.tsx  what is around every screen
 *   screens/     one file per screen, loaded when first gone to; what it is made of lies in the folder of its name
 *   components/  what several screens are made of: buttons, lists, badges, plots          actions/  what people do from several screens, with the dialogs for it
 *   store.ts     all that is known, as signals; learn() takes an answer    live.ts  the feed, and what helps without it    api.ts  REST
 *   session.ts   login and logout        time.ts  the server's time, ages        keys.ts  shortcuts        toast.tsx  attempt(), withUndo(), failed()
 *   story.tsx    events in words         tokens.css  colours, sizes, the font (both schemes)
 *   base.css     text, and classes used everywhere; beside each component and screen: its own css
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
