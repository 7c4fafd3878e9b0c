import { useEffect, useState } from 'preact/hooks';
import { type MqttAddress, mqttAddress } from '#dashboard/mqtt-address.ts';

/** Where the broker is; null until that is known. */
export function useAddress(): MqttAddress | null {
  const [address, setAddress] = useState<MqttAddress | null>(null);
  useEffect(() => {
    mqttAddress().then(setAddress, () => {}); // the lines for a terminal are left out then
  }, []);
  return address;
}
