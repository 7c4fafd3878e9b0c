/** `npm run bench -- <name> [arguments]`: the benchmark of this name, as if it were started by itself. */
const [name = ''] = process.argv.splice(2, 1);
if (!/^(acks|api|dashboard|feed|fleet|search|stats|storage)$/.test(name)) {
  console.error('npm run bench -- acks | api | dashboard | feed | fleet | search | stats | storage');
  process.exit(2);
}
await import(`./${name}.ts`);
