/** Names that a stranger may give a file, a deployment or a model. */
export const HOSTILE_NAMES = [
  'a|b|c',
  '`a`|``b`',
  '--> <script>alert(1)</script> <!--',
  '</code></details><img src=x onerror=alert(1)>',
  '[click](https://evil.example) ![x](https://evil.example/x.png)',
  'www.evil.example https://evil.example me@evil.example',
  '@octocat #1 octo/repo#2',
  '::error file=a,line=1::pwned',
  '##[error]pwned',
  '\u001b[31mred\u001b[0m',
  'abc\u202egnp.exe',
  'line\n\n# heading\n- item\n```\nfence',
  '\\| \\` &#124; &lt;b&gt;',
  '$(rm -rf /) ${{ secrets.TOKEN }}',
  '| --- |',
];
