/**
 * Entity tags: `"<revision>"`, which counts changes of the fields that PATCH can change (contract §4), so that a ping or an ack meanwhile fails
 * nobody's PATCH. It says nothing of the rest of a resource, so there is no `If-None-Match` to it. A compressed body has it with `-gzip` at its end.
 */
const TAG = /^(W\/)?"(\d{1,15})(?:-gzip)?"$/;
const SUFFIX = '-gzip';

/** The tag of a resource as it is read. */
export const tagOf = ({ revision }: { readonly revision: number }): string => `"${revision}"`;

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
