import type { Coordinator, Outbound } from '#coordinator/port.ts';
import { createEmbeddedBroker, type EmbeddedOptions } from './embedded.ts';
import { createInbound } from './inbound.ts';
import { createOutbound } from './outbound.ts';
import type { Transport } from './transport.ts';

/** The MQTT side of a coordinator: what carries, and what speaks over it. Deaf until `transport.listen()`. */
export interface Mqtt {
  readonly transport: Transport;
  readonly outbound: Outbound;
}

export async function openEmbedded(coordinator: Coordinator, options: EmbeddedOptions): Promise<Mqtt> {
  const { maxPayloadBytes, now, mask, log } = options;
  let transport: Transport | null = null;
  const carried = (): Transport => {
    if (transport === null) throw new Error('spoke before the broker was made');
    return transport;
  };
  const outbound = createOutbound(carried);
  transport = await createEmbeddedBroker(options, createInbound({ coordinator, outbound, maxPayloadBytes, now, mask, log }));
  return { transport, outbound };
}
