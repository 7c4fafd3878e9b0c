import { expect, it } from 'vitest';
import { type Chore, Chores } from '#coordinator/housekeeping.ts';
import { MINUTE, SECOND } from '#test/support/facts.ts';
import { ManualClock } from '#test/support/manual-clock.ts';

it('a step a minute, a step a second while there is more; one that fails is logged and stops nobody', async () => {
  const clock = new ManualClock();
  const steps: string[] = [];
  const logged: object[] = [];
  let left = 3;
  const chores: Chore[] = [
    {
      name: 'broken',
      step: async () => {
        steps.push('broken');
        throw new Error('no');
      },
    },
    {
      name: 'long',
      step: async () => {
        steps.push('long');
        left -= 1;
        return left > 0;
      },
    },
  ];
  const all = new Chores(chores, clock, { warn: (fields) => void logged.push(fields) });
  const news = async (ms: number): Promise<string[]> => {
    await clock.advance(ms);
    await all.run();
    return steps.splice(0);
  };
  expect(await news(0)).toEqual(['broken', 'long']);
  expect(logged).toMatchObject([{ chore: 'broken', err: { message: 'no' } }]);
  expect(await news(SECOND - 1)).toEqual([]);
  expect(await news(1)).toEqual(['long']);
  expect(await news(SECOND)).toEqual(['long']);
  expect(await news(SECOND)).toEqual([]);
  expect(await news(MINUTE - 3 * SECOND)).toEqual(['broken']);
  expect(await news(2 * SECOND)).toEqual(['long']);
});
