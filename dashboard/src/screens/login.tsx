import { useState } from 'preact/hooks';
import { told } from '#dashboard/api.ts';
import { Button } from '#dashboard/components/button.tsx';
import { Icon } from '#dashboard/components/icon.tsx';
import { fieldsOf } from '#dashboard/forms.ts';
import { logIn, notice } from '#dashboard/session.ts';
import { Mark } from '#dashboard/shell.tsx';
import { useTitle } from '#dashboard/title.ts';
import './login.css';

/** Asks for a token: the admin's, or an agent's; and says why, where somebody was here before. */
export function LoginScreen() {
  const [fault, setFault] = useState(notice.value);
  const [isBusy, setBusy] = useState(false);
  useTitle('Log in');
  const submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    const token = String(fieldsOf(event).get('token') ?? '').trim();
    if (token === '') return setFault('Paste the token first.');
    setBusy(true);
    setFault(null);
    await logIn({ token }).catch((error) => setFault(told(error)));
    setBusy(false);
  };
  return (
    <main class="login">
      <div class="login-brand">
        <Mark size={44} />
        <h1>Ping System</h1>
      </div>
      <form class="card login-card" onSubmit={submit}>
        <div class="field">
          <label for="token">Token</label>
          <input class="visually-hidden" type="text" name="username" value="admin" autocomplete="username" tabIndex={-1} aria-hidden="true" readOnly />
          <input
            id="token"
            name="token"
            class="input mono"
            type="password"
            autocomplete="current-password"
            autofocus
            spellcheck={false}
            aria-invalid={fault !== null}
            aria-describedby="login-fault login-hint"
          />
          <p id="login-fault" class="fault row" role="alert">
            {fault !== null && (
              <>
                <Icon name="alert" size={16} />
                {fault}
              </>
            )}
          </p>
        </div>
        <Button kind="primary" type="submit" disabled={isBusy && 'Logging in'} always>
          Log in
        </Button>
      </form>
      <ul id="login-hint" class="login-hints muted small">
        <li>
          The admin token is <code>API_AUTH_TOKEN</code>, or in the file <code>admin-token</code> of the data directory.
        </li>
        <li>An agent’s token shows that agent’s own work.</li>
        <li>The one-time address that the server prints to its terminal logs in without a token.</li>
      </ul>
    </main>
  );
}
