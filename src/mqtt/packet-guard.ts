/**
 * Walks over a byte stream of MQTT packets reading fixed headers only (MQTT 3.1.1 §2.2), and says as soon as a header
 * announces more than `limit` bytes: before any of them is kept. Aedes itself has no limit (64 MiB was taken).
 */
export class PacketGuard {
  readonly #limit: number;
  /** Bytes of the current packet's body that are still to come. */
  #body = 0;
  /** -1: the next byte begins a packet; else how many bytes of its remaining length have been read. */
  #lengthBytes = -1;
  #length = 0;
  /** The first byte of the packet that began last. */
  lastHeader = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** False if a packet that begins in this chunk is too large, or its length is malformed. The stream is useless from there on. */
  admits(chunk: Buffer): boolean {
    let at = 0;
    while (at < chunk.length) {
      if (this.#body > 0) {
        const skipped = Math.min(this.#body, chunk.length - at);
        this.#body -= skipped;
        at += skipped;
      } else if (this.#lengthBytes < 0) {
        this.#lengthBytes = 0;
        this.#length = 0;
        this.lastHeader = chunk[at++] ?? 0;
      } else if (!this.#takeLengthByte(chunk[at++] ?? 0)) {
        return false;
      }
    }
    return true;
  }

  #takeLengthByte(byte: number): boolean {
    this.#length += (byte & 0x7f) * 128 ** this.#lengthBytes;
    this.#lengthBytes += 1;
    const more = (byte & 0x80) !== 0;
    if (this.#length > this.#limit || (more && this.#lengthBytes === 4)) return false;
    if (!more) {
      this.#body = this.#length;
      this.#lengthBytes = -1;
    }
    return true;
  }
}
