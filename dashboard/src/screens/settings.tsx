import { useEffect, useState } from 'preact/hooks';
import { useQuery } from '#dashboard/address.ts';
import { get, told } from '#dashboard/api.ts';
import { Empty } from '#dashboard/components/empty.tsx';
import { Fact } from '#dashboard/components/fact.tsx';
import { SearchField } from '#dashboard/components/filters.tsx';
import { Icon } from '#dashboard/components/icon.tsx';
import { Sessions } from '#dashboard/components/sessions.tsx';
import { choose, SCHEMES, scheme } from '#dashboard/scheme.ts';
import { Screen } from '#dashboard/screen.tsx';
import { me } from '#dashboard/store.ts';
import type { Settings } from '#schemas/settings.ts';
import '#dashboard/components/status-badge.css';
import '#dashboard/components/record.css';
import './settings.css';

/** How this coordinator is set up, who is logged in, and how the dashboard looks. */
export function SettingsScreen() {
  const role = me.value?.role;
  const mayRead = role === 'admin' || role === 'main_agent';
  const [settings, setSettings] = useState<Settings | null>(null);
  const [fault, setFault] = useState<string | null>(null);
  useEffect(() => {
    if (mayRead) get<Settings>('/settings').then(setSettings, (error) => setFault(told(error)));
  }, [mayRead]);
  return (
    <Screen title="Settings">
      <div class="settings-top">
        {settings !== null && <System settings={settings} />}
        <section class="card stack" aria-labelledby="docs">
          <h2 id="docs">Documents</h2>
          <Documents mayRead={mayRead} />
        </section>
        <section class="card stack" aria-labelledby="sessions">
          <h2 id="sessions">Sessions</h2>
          <Sessions />
        </section>
        <section class="card stack" aria-labelledby="look">
          <h2 id="look">Appearance</h2>
          <Appearance />
          <p class="muted small">This browser remembers it.</p>
        </section>
      </div>
      {fault !== null && (
        <p class="wrong" role="alert">
          {fault}
        </p>
      )}
      {settings !== null && <Configuration settings={settings} />}
      {!mayRead && <Empty icon="key" title="The configuration is for the admin and main agents" />}
    </Screen>
  );
}

const SCHEME_WORDS = { system: 'As the system', light: 'Light', dark: 'Dark' } as const;

const Appearance = () => (
  <fieldset class="schemes">
    <legend class="visually-hidden">Colours</legend>
    {SCHEMES.map((each) => (
      <label key={each} class="scheme">
        <input type="radio" name="scheme" value={each} checked={scheme.value === each} onChange={() => choose(each)} />
        {SCHEME_WORDS[each]}
      </label>
    ))}
  </fieldset>
);

const DOCUMENTS = [
  ['/docs', 'The API, to read', 'REST and MQTT on one page, with examples'],
  ['/openapi.json', 'OpenAPI 3.1', 'REST, for tools'],
  ['/asyncapi.json', 'AsyncAPI 3.0', 'MQTT, for tools'],
] as const;
/** Hidden from sub agents. */
const METRICS = ['/metrics', 'Metrics', 'for Prometheus'] as const;

const Documents = ({ mayRead }: { readonly mayRead: boolean }) => (
  <ul class="documents">
    {[...DOCUMENTS, ...(mayRead ? [METRICS] : [])].map(([href, name, about]) => (
      <li key={href}>
        <a href={href} target="_blank" rel="noreferrer">
          {name}
          <Icon name="arrowUpRight" size={14} />
          <span class="visually-hidden">(new tab)</span>
        </a>
        <span class="muted small">{about}</span>
      </li>
    ))}
  </ul>
);

function System({ settings: { version, broker, database, listeners } }: { readonly settings: Settings }) {
  return (
    <section class="card stack" aria-labelledby="system">
      <h2 id="system">In use</h2>
      <dl class="record">
        <Fact term="Version">Ping System {version}</Fact>
        <Fact term="Broker">{broker.kind === 'embedded' ? 'embedded in this process' : `external, ${broker.url}`}</Fact>
        <Fact term="Database">
          {database.kind === 'sqlite' ? 'SQLite' : 'PostgreSQL'}
          <br />
          <code>{database.location}</code>
        </Fact>
        <Fact term="Listens on">
          {listeners.map(({ name, url }) => (
            <code key={name} class="line">
              {url}
            </code>
          ))}
        </Fact>
      </dl>
    </section>
  );
}

function Configuration({ settings: { settings } }: { readonly settings: Settings }) {
  const [{ q = '', changed = '' }, change] = useQuery();
  const text = q.toLowerCase();
  const shown = settings.filter(({ name, about, is_default }) => `${name} ${about}`.toLowerCase().includes(text) && (changed === '' || !is_default));
  return (
    <section class="stack" aria-labelledby="configuration">
      <div class="row wrap spread">
        <div>
          <h2 id="configuration">Configuration</h2>
          <p class="muted small">What is in effect. It is set by flags, the environment or .env, and read at the start.</p>
        </div>
        <div class="row wrap">
          <SearchField label="Search the settings" value={q} change={(value) => change({ q: value })} />
          <label class="check">
            <input type="checkbox" checked={changed !== ''} onChange={(event) => change({ changed: event.currentTarget.checked ? '1' : null })} />
            Changed only
          </label>
        </div>
      </div>
      {shown.length === 0 ? (
        <p class="muted">No setting is like that.</p>
      ) : (
        <ul class="card variables">
          {shown.map(({ name, value, is_default, about, allowed }) => (
            <li key={name} class="variable">
              <code class="any-text">{name}</code>
              <span class="variable-value">
                {value === null ? <span class="muted">not set</span> : <code class="any-text">{value}</code>}
                {!is_default && (
                  <span class="badge" data-tone="info">
                    set
                  </span>
                )}
              </span>
              <span class="muted small" title={allowed}>
                {about}
              </span>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}
