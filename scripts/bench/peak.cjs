// Says on the way out how many KiB the process held at most (getrusage).
process.on('exit', () => process.stderr.write(`peak ${process.resourceUsage().maxRSS}\n`));
