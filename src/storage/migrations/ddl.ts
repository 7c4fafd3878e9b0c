/** One line, as MikroORM reads constraints back from a table's text with patterns that know no line breaks. */
export function createTable(name: string, parts: readonly string[]): string {
  return `create table "${name}" (${parts.join(', ')})`;
}
