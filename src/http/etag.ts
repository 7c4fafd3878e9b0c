import { createHash } from 'node:crypto';

/**
 * Entity tags (RFC 9110 §8.8.3): `"<revision>-<digest>"`. The revision counts changes of the fields that PATCH can change and is all that If-Match
 * looks at, so that a ping or an ack meanwhile fails nobody's PATCH; `"<revision>"` alone will do. The digest is that of the whole resource, so that
 * If-None-Match never says "not modified" of a task that was acknowledged meanwhile. A compressed body has the tag with `-gzip` at its end.
 */
const TAG = /^(W\/)?"(\d{1,15})(?:-[\w-]*)?"$/;
const SUFFIX = '-gzip';
/** Of the digest so many hex digits: 64 bits tell the versions of one resource apart. */
const DIGITS = 16;

/** The tag of a resource as it is read. */
export function tagOf({ revision, resource }: { readonly revision: number; readonly resource: object }): string {
  return `"${revision}-${createHash('sha256').update(JSON.stringify(resource)).digest('hex').slice(0, DIGITS)}"`;
}

/** The tag of the same resource in a compressed body. */
export const compressedTag = (tag: string): string => (tag.startsWith('"') ? `${tag.slice(0, -1)}${SUFFIX}"` : tag);

const listed = (header: string): string[] => header.split(',').map((tag) => tag.trim());

/**
 * The revision that an `If-Match` header asks for: undefined for none or `*` (the resource exists, or it is a 404), and -1, which never is one, where
 * no tag of the list can match. Weak tags match nothing (§13.1.1). `current`: the revision now, looked at for a list alone; the command itself is
 * then refused if another came between.
 */
export async function ifRevisionOf(header: string | undefined, current: () => Promise<number | undefined>): Promise<number | undefined> {
  const tags = listed(header ?? '*');
  if (tags.includes('*')) return undefined;
  const revisions = tags.map((tag) => TAG.exec(tag)).flatMap((match) => (match === null || match[1] !== undefined ? [] : [Number(match[2])]));
  const [only, ...more] = revisions;
  if (only === undefined) return -1;
  if (more.length === 0) return only;
  const now = await current();
  return now !== undefined && revisions.includes(now) ? now : -1;
}

/** Whether an `If-None-Match` header names this tag, or any (§13.1.2: weak or not, compressed or not). */
export function isNamedBy(header: string | undefined, tag: string | undefined): boolean {
  if (header === undefined || tag === undefined) return false;
  const plain = (text: string): string => text.replace(/^W\//, '').replace(`${SUFFIX}"`, '"');
  return listed(header).some((each) => each === '*' || plain(each) === plain(tag));
}
