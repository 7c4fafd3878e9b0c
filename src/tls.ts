import { readFile } from 'node:fs/promises';
import { createSecureContext } from 'node:tls';
import { type Config, ConfigError } from './config.ts';

/** The TLS listener as configured; null: none. Throws ConfigError for files that hold no certificate and key, or not a pair. */
export async function tlsOf({ mqttsPort, tlsCert, tlsKey }: Config): Promise<{ port: number; cert: Buffer; key: Buffer } | null> {
  if (mqttsPort === null || tlsCert === null || tlsKey === null) return null;
  const [cert, key] = await Promise.all([read('TLS_CERT', tlsCert), read('TLS_KEY', tlsKey)]);
  check('TLS_CERT', tlsCert, 'a PEM file with a certificate chain', { cert });
  check('TLS_KEY', tlsKey, 'the PEM file with the private key of TLS_CERT', { cert, key });
  return { port: mqttsPort, cert, key };
}

function read(name: string, file: string): Promise<Buffer> {
  return readFile(file).catch((error: Error) => {
    throw new ConfigError(`${name}=${file} is not allowed: the path of a PEM file that can be read (${error.message})`);
  });
}

function check(name: string, file: string, allowed: string, pair: { cert: Buffer; key?: Buffer }): void {
  try {
    createSecureContext(pair);
  } catch (error) {
    throw new ConfigError(`${name}=${file} is not allowed: ${allowed} (${error instanceof Error ? error.message : error})`);
  }
}
