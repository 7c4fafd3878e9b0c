import { RUTO, rutoCommand } from '#domain/agents.ts';
import type { Policy } from '#domain/policy.ts';
import { hashOf, newAgentToken, newWebhookSecret } from '#storage/secrets.ts';
import type { Coordinator } from './port.ts';

/** The main agent is there from the first start, and whenever missing. Nobody knows its first token: `agent token Ruto` makes one. */
export async function ensureRuto(coordinator: Coordinator, policy: Policy): Promise<void> {
  if (coordinator.agentIdOf(RUTO) !== null) return;
  const command = rutoCommand(hashOf(newAgentToken()), newWebhookSecret(), policy);
  await coordinator.submit({ command, principal: { kind: 'coordinator' }, channel: 'coordinator' });
}
