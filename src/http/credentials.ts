/** Longer credentials than this are not looked at. */
const MAX_CREDENTIAL = 1024;

/** The token of an `Authorization: Bearer` header, or null. */
export function bearerOf(header: string | undefined): string | null {
  const match = /^Bearer +([^\s]+) *$/i.exec(header ?? '');
  return match?.[1] === undefined || match[1].length > MAX_CREDENTIAL ? null : match[1];
}
