import { targetName } from '../hardware/gpu.ts';
import { excuseOf } from '../policy/conclude.ts';
import { xmlText } from './escape.ts';
import type { DeploymentResult, Report } from './report.ts';
import { NOT_JUDGED, notCounting, restates, runsOnGpu, verdictPhrase } from './verdicts.ts';

/**
 * The report as JUnit XML, which GitLab, Jenkins and most other CI show beside the tests: a suite for each deployment, a case
 * for each GPU and each finding. Cases fail where the policy's `fail-on` has their word; what is only shown is skipped, and
 * so is what does not surely fit where the policy lets it pass: a green case is a launch that fits.
 */
export function renderJunit(report: Report): string {
  const suites = [...report.deployments.map((result) => suiteOf(result, report)), unreadSuite(report)].filter(
    (one) => one !== '',
  );
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="headroom">\n${suites.join('')}</testsuites>\n`;
}

interface Case {
  readonly name: string;
  readonly failure: string | null;
  readonly skipped: string | null;
}

function suiteOf(result: DeploymentResult, { failOn }: Report): string {
  const { deployment, targets, findings, waived = [] } = result;
  const title = `${deployment.file}:${deployment.line} ${deployment.name}`;
  if (!runsOnGpu(result)) return suite(title, [{ name: 'no GPU', failure: null, skipped: NOT_JUDGED }]);
  const gated = targets.map((one): Case => {
    const { target, gated: counts, estimate } = one;
    const excuse = excuseOf(result, one);
    const fails = counts && excuse === null && estimate.verdict !== 'fits' && failOn.includes(estimate.verdict);
    const said = `${verdictPhrase(estimate)}${estimate.message === null ? '' : `: ${estimate.message}`}`;
    const text = excuse === null ? said : `${said} ${notCounting(excuse)}`;
    const open = fails || estimate.verdict === 'fits' ? null : text;
    return {
      name: targetName(target),
      failure: fails ? text : null,
      // The message of a GPU that does not count, often the same for all of them, is for the other reports.
      skipped: counts ? open : `for information: ${verdictPhrase(estimate)}`,
    };
  });
  const own = findings.map(({ rule, severity, place, message, remedy }): Case => {
    const text = `${place.file}:${place.line}: ${message} ${remedy}`;
    const fails = severity === 'error' && failOn.includes('error');
    return { name: rule, failure: fails ? text : null, skipped: fails ? null : text };
  });
  // What puts a verdict into words is told by the case of its GPU.
  const others = waived.filter(({ finding }) => !restates(finding));
  const excused = others.map(({ finding: { rule, place, message }, why }): Case => {
    return { name: rule, failure: null, skipped: `${place.file}:${place.line}: ${message} ${notCounting(why)}` };
  });
  return suite(title, [...gated, ...own, ...excused]);
}

function unreadSuite({ unsupported, failOn }: Report): string {
  const cases = unsupported.map(({ file, place, name, reason, remedy, waived }): Case => {
    const text = `${reason} ${remedy}${waived === undefined ? '' : ` ${notCounting(waived)}`}`;
    const fails = waived === undefined && failOn.includes('unsupported');
    return { name: `${file}:${place.line} ${name}`, failure: fails ? text : null, skipped: fails ? null : text };
  });
  return cases.length > 0 ? suite('launches that could not be read', cases) : '';
}

function suite(name: string, cases: readonly Case[]): string {
  const failures = cases.filter(({ failure }) => failure !== null).length;
  const skipped = cases.filter(({ skipped: why }) => why !== null).length;
  const rows = cases.map(({ name: own, failure, skipped: why }) => {
    const inner =
      failure !== null
        ? `<failure message="${xmlText(failure)}"/>`
        : why !== null
          ? `<skipped message="${xmlText(why)}"/>`
          : '';
    return `    <testcase classname="${xmlText(name)}" name="${xmlText(own)}">${inner}</testcase>\n`;
  });
  return `  <testsuite name="${xmlText(name)}" tests="${cases.length}" failures="${failures}" skipped="${skipped}">\n${rows.join('')}  </testsuite>\n`;
}
