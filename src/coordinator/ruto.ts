import { randomBytes } from 'node:crypto';
import { RUTO, rutoCommand } from '#domain/agents.ts';
import type { Policy } from '#domain/policy.ts';
import { hashToken } from './directory.ts';
import type { Coordinator } from './port.ts';

/** The main agent is there from the first start, and whenever missing. Nobody knows its first token: `agent token Ruto` makes one. */
export async function ensureRuto(coordinator: Coordinator, policy: Policy): Promise<void> {
  if (coordinator.agentIdOf(RUTO) !== null) return;
  const command = rutoCommand(hashToken(randomBytes(32).toString('base64url')), `whsec_${randomBytes(24).toString('base64')}`, policy);
  await coordinator.submit({ command, principal: { kind: 'coordinator' }, channel: 'coordinator' });
}
