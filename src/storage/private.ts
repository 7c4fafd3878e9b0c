import { chmod, open, stat } from 'node:fs/promises';

/** The database holds webhook secrets: it is nobody else's to read, whatever the umask. SQLite gives its -wal and -shm the mode of the file. */
const PRIVATE = 0o600;
/** Of a directory that is made for it; one that was there keeps its mode, which is its owner's to choose. */
export const PRIVATE_DIRECTORY = 0o700;

/** Makes the file where there is none, and takes what others may do from those that are ours. Throws where it cannot be made. */
export async function makePrivate(file: string): Promise<void> {
  const made = await open(file, 'wx', PRIVATE).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'EEXIST') return null;
    throw error;
  });
  await made?.close();
  for (const path of [file, `${file}-wal`, `${file}-shm`]) await tighten(path);
}

/** Takes what others may do from a file. One of somebody else's, or on a file system without modes, is left to whoever runs it. */
export async function tighten(path: string): Promise<void> {
  const found = await stat(path).catch(() => null);
  const isOurs = found !== null && found.uid === process.getuid?.();
  if (isOurs && (found.mode & 0o777 & ~PRIVATE) !== 0) await chmod(path, PRIVATE).catch(() => undefined);
}
