/** Asks again every 10 ms until there is an answer (anything but undefined, null or false); fails with what was awaited after `ms`. */
export async function until<T>(what: string, ask: () => T | Promise<T>, ms = 10_000): Promise<NonNullable<Exclude<T, false>>> {
  const end = performance.now() + ms;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined && answer !== null && answer !== false) return answer as NonNullable<Exclude<T, false>>; // just checked
    if (performance.now() > end) throw new Error(`not within ${ms} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
