import type { Coordinator, Outbound } from '#coordinator/port.ts';
import { createEmbeddedBroker, type EmbeddedOptions } from '#mqtt/embedded.ts';
import { createInbound } from '#mqtt/inbound.ts';
import { createOutbound } from '#mqtt/outbound.ts';
import type { Transport } from '#mqtt/transport.ts';

/** The MQTT side of a coordinator: what carries, and what speaks over it. Deaf until `transport.listen()`. */
export interface Mqtt {
  readonly transport: Transport;
  readonly outbound: Outbound;
}

/** @param mask masks tokens in text that is to be kept */
export async function openEmbedded(coordinator: Coordinator, options: EmbeddedOptions, mask: (text: string) => string): Promise<Mqtt> {
  let transport: Transport | null = null;
  const carried = (): Transport => {
    if (transport === null) throw new Error('spoke before the broker was made');
    return transport;
  };
  const outbound = createOutbound(carried);
  transport = await createEmbeddedBroker(
    options,
    createInbound({ coordinator, outbound, maxPayloadBytes: options.maxPayloadBytes, now: options.now, mask, log: options.log }),
  );
  return { transport, outbound };
}
