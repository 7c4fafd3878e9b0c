/** The last so many of what came, in constant time. */
export class Ring<T> {
  readonly #most: number;
  readonly #items: T[] = [];
  /** Where the oldest is, once it is full. */
  #next = 0;

  constructor(most: number) {
    this.#most = most;
  }

  /** Gives what had to make room, if anything had to. */
  push(item: T): T | undefined {
    if (this.#items.length < this.#most) {
      this.#items.push(item);
      return undefined;
    }
    const oldest = this.#items[this.#next];
    this.#items[this.#next] = item;
    this.#next = (this.#next + 1) % this.#most;
    return oldest;
  }

  newestFirst(): T[] {
    return [...this.#items.slice(this.#next), ...this.#items.slice(0, this.#next)].reverse();
  }
}
