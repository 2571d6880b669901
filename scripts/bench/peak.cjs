// Says on the way out how many KiB the process held at most: by Linux's own count where there is one, for getrusage's goes on
// from what the parent held when it started the process.
const { readFileSync } = require('node:fs');

function peakKibibytes() {
  try {
    return /VmHWM:\s*(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))[1];
  } catch {
    return process.resourceUsage().maxRSS;
  }
}

process.on('exit', () => process.stderr.write(`peak ${peakKibibytes()}\n`));
