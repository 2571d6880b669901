import { runAction } from '../../test/e2e/run-action.ts';
import { startGitHub } from '../../test/github-api/server.ts';
import { deployment, makeWorld } from '../../test/github-api/world.ts';

/** One run of the bundled action on a pull request with so many configs, against a GitHub on this machine. */
export async function timeAction(
  configs: number,
): Promise<{ readonly milliseconds: number; readonly requests: number }> {
  const files = Array.from(
    { length: configs },
    (_, index) =>
      [`serving/app-${index}.yaml`, deployment(index % 2 === 0 ? '40960' : '8192', `app-${index}`)] as const,
  );
  const world = makeWorld(Object.fromEntries(files));
  const github = await startGitHub(world);
  const started = performance.now();
  const { code, log } = await runAction(world, github.url);
  const milliseconds = performance.now() - started;
  const requests = github.log.length;
  await github.close();
  if (code !== 1) throw new Error(`the action ended with ${code}: ${log}`);
  return { milliseconds, requests };
}
