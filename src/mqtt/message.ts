import type { OutboundMessage } from './transport.ts';

export type Qos = 0 | 1 | 2;

/** One message on its way to any number of sessions; they share the object, and so its payload and its receipt. */
export interface Message {
  readonly topic: string;
  readonly payload: Buffer;
  readonly qos: Qos;
  readonly ping?: OutboundMessage['ping'] | undefined;
  /** `arrived` is called once a session of the former holder itself has it, as far as can be known. */
  readonly withdrawal?: { readonly assignmentId: number; arrived(): void } | undefined;
  /** For what is said to one user: hears from its own sessions how far it comes. */
  readonly follower?: Follower | undefined;
  /** The pinged agent has acknowledged it, on whichever of its connections came first. */
  isReceipted?: boolean;
}

/** Follows a message to the sessions of one user. */
export interface Follower {
  readonly user: string;
  /** A session has taken it on: to deliver it, or, at QoS 0, perhaps not. */
  handed(): void;
  /** It waits in a session to be written, or does so no more. */
  waits(is: boolean): void;
  written(qos: Qos, dup: boolean): void;
  acknowledged(): void;
}
