import type { Principal } from '#domain/principal.ts';
import type { ConnectRefusal } from '#schemas/vocabulary.ts';
import { mayLeaveWill } from './access.ts';
import type { Connection } from './connection.ts';
import { isClientId } from './filters.ts';
import type { Patience } from './patience.ts';
import type { Sessions } from './sessions.ts';
import type { TransportHandlers } from './transport.ts';

/** Who may connect, under which client id, and with which Last Will. Version and the 23 characters of MQTT 3.1 are Aedes' to judge. */
export class Admission {
  readonly #handlers: TransportHandlers;
  readonly #sessions: Sessions;
  readonly #patience: Patience;
  /** Rises whenever credentials stop being valid: who was being looked up meanwhile is looked up again. */
  #epoch = 0;
  #isShut = false;

  constructor(handlers: TransportHandlers, sessions: Sessions, patience: Patience) {
    this.#handlers = handlers;
    this.#sessions = sessions;
    this.#patience = patience;
  }

  shut(): void {
    this.#isShut = true;
  }

  credentialsChanged(): void {
    this.#epoch += 1;
  }

  /** Null admits the connection, which then has its principal and owns its client id. `close`: it is to be closed without an answer. */
  async refusal(connection: Connection, username: string | null, password: string | null): Promise<ConnectRefusal | 'close' | null> {
    const { request, client, origin } = connection;
    if (this.#isShut || !request) return 'unavailable';
    if (!isClientId(request.clientId) || (request.clientId === '' && !mayBeNameless(request.clean, request.protocolVersion))) return 'invalid_client_id';
    const principal = username === null && origin.guest !== null ? origin.guest : await this.#authenticate(username, password);
    if (!principal) return (await this.#patience.spend(origin.address, () => connection.stream.destroyed)) ? 'wrong_credentials' : 'close';
    if (request.will && !mayLeaveWill(principal, request.will.topic)) return 'forbidden_will';
    if (connection.stream.destroyed || this.#isShut) return 'unavailable';
    if (this.#sessions.isFull(principal)) return 'too_many_connections';
    if (!this.#sessions.claim(connection, client.id, principal)) return 'foreign_client_id';
    connection.hasClaim = true;
    connection.principal = principal;
    return null;
  }

  async #authenticate(username: string | null, password: string | null): Promise<Principal | null> {
    for (;;) {
      const epoch = this.#epoch;
      const principal = await this.#handlers.authenticate(username, password);
      if (epoch === this.#epoch) return principal;
    }
  }
}

/** Without a client id there is nothing to come back to [MQTT-3.1.3-8]; MQTT 3.1 asks for one always. */
const mayBeNameless = (clean: boolean | undefined, version: number | undefined): boolean => clean === true && version === 4;
