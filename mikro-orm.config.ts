import { loadConfig } from '#src/config.ts';
import { ormOptions } from '#storage/options.ts';

// For the MikroORM command line; the default export is what it looks for. The app opens the database with the same options.
export default ormOptions(loadConfig().database, (message) => process.stderr.write(`${message}\n`));
