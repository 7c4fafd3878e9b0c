/** The session's cookie (RFC 6265). */

/** Cookies do not tell ports apart, so that the name has to: two coordinators on one host would log each other's users out. */
export const cookieName = (port: number): string => `ping_session_${port}`;

/** The value of the cookie in a `Cookie` header; null where it is not there, or empty. */
export function cookieOf(header: string | undefined, name: string): string | null {
  for (const pair of (header ?? '').split(';')) {
    const at = pair.indexOf('=');
    if (at !== -1 && pair.slice(0, at).trim() === name) return pair.slice(at + 1).trim() || null;
  }
  return null;
}

/** A `Set-Cookie` without an age: the browser forgets it when it is closed, the server when it was idle. `secure`: over https alone. */
export const setCookie = (name: string, value: string, secure: boolean): string =>
  `${name}=${value}; Path=/; HttpOnly; SameSite=Strict${secure ? '; Secure' : ''}`;

export const clearCookie = (name: string, secure: boolean): string => `${setCookie(name, '', secure)}; Max-Age=0`;
