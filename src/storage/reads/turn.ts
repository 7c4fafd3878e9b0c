/** Lets everyone else have a turn: between statements that hold up the one thread for long. */
export const breathe = (): Promise<void> => new Promise((done) => setImmediate(done));
