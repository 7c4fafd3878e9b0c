import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';

/** SQLite keeps this number in the header of every database of ours ("PING"). */
export const APPLICATION_ID = 0x50494e47;

export async function inspectSqlite(_file: string, _dataDir: string): Promise<void> {}

/** Beside the file: a database was made here, so that an empty file in its place is a loss and not a beginning. */
export async function markUsed(file: string): Promise<void> {
  const marker = `${file}.used`;
  if (!existsSync(marker)) await writeFile(marker, 'A database was made here. If its file is empty, it was lost: restore a backup. To start anew, delete this file too.\n');
}
