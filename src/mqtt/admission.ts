import type { Principal } from '#domain/principal.ts';
import { mayLeaveWill } from '#mqtt/access.ts';
import type { Connection } from '#mqtt/connection.ts';
import { isClientId } from '#mqtt/filters.ts';
import type { Sessions } from '#mqtt/sessions.ts';
import type { TransportHandlers } from '#mqtt/transport.ts';

/** CONNACK return codes (MQTT 3.1.1 §3.2.2.3). Version and the 23 characters of MQTT 3.1 are Aedes' to judge. */
const IDENTIFIER_REJECTED = 2;
const SERVER_UNAVAILABLE = 3;
const NOT_AUTHORIZED = 5;

export type ConnackRefusal = typeof IDENTIFIER_REJECTED | typeof SERVER_UNAVAILABLE | typeof NOT_AUTHORIZED;

/** Who may connect, under which client id, and with which Last Will. */
export class Admission {
  readonly #handlers: TransportHandlers;
  readonly #sessions: Sessions;
  /** Rises whenever credentials stop being valid: who was being looked up meanwhile is looked up again. */
  #epoch = 0;
  #isShut = false;

  constructor(handlers: TransportHandlers, sessions: Sessions) {
    this.#handlers = handlers;
    this.#sessions = sessions;
  }

  shut(): void {
    this.#isShut = true;
  }

  credentialsChanged(): void {
    this.#epoch += 1;
  }

  /** Null admits the connection, which then has its principal and owns its client id. */
  async refusal(connection: Connection, username: string | null, password: string | null): Promise<ConnackRefusal | null> {
    const { request, client } = connection;
    if (this.#isShut || !request) return SERVER_UNAVAILABLE;
    if (!isClientId(request.clientId) || (request.clientId === '' && !mayBeNameless(request.clean, request.protocolVersion))) return IDENTIFIER_REJECTED;
    const principal = username === null && connection.guest !== null ? connection.guest : await this.#authenticate(username, password);
    if (!principal) return NOT_AUTHORIZED;
    if (request.will && !mayLeaveWill(principal, request.will.topic)) return NOT_AUTHORIZED;
    if (connection.stream.destroyed || this.#isShut) return SERVER_UNAVAILABLE;
    if (this.#sessions.isFull(principal)) return SERVER_UNAVAILABLE;
    if (!this.#sessions.claim(connection, client.id, principal)) return IDENTIFIER_REJECTED;
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
