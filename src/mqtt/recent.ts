/** The latest so many names at least, twice as many at most. By halves: to take the oldest out of a set one by one is to look past all that were taken out. */
export class Recent {
  readonly #least: number;
  #names = new Set<string>();
  #before: ReadonlySet<string> = new Set();

  constructor(least: number) {
    this.#least = least;
  }

  has(name: string): boolean {
    return this.#names.has(name) || this.#before.has(name);
  }

  add(name: string): void {
    if (this.#names.size >= this.#least) {
      this.#before = this.#names;
      this.#names = new Set();
    }
    this.#names.add(name);
  }

  clear(): void {
    this.#names = new Set();
    this.#before = new Set();
  }
}
