// The stylesheet of all pages: readable on a phone, in the dark, and by keyboard.
export const stylesheet = `
:root {
  color-scheme: light dark;
  --back: light-dark(#ffffff, #14171a);
  --raised: light-dark(#f3f5f7, #1e2329);
  --text: light-dark(#1b1e23, #e8eaed);
  --quiet: light-dark(#4f5661, #b0b7c1);
  --line: light-dark(#d4d9df, #3a414a);
  --link: light-dark(#0a4fbf, #9cc1ff);
  --get: light-dark(#0b5d33, #7fdba6);
  --post: light-dark(#0a4fbf, #9cc1ff);
  --put: light-dark(#7a4a00, #f0c274);
  --delete: light-dark(#a11414, #ff9d94);
}
* { box-sizing: border-box; }
html { scroll-padding-top: 1rem; }
body {
  margin: 0; padding: 1rem; background: var(--back); color: var(--text);
  font: 1rem/1.55 system-ui, sans-serif; overflow-wrap: anywhere;
}
header, main, nav, footer { max-width: 56rem; margin-inline: auto; }
h1 { font-size: 1.75rem; line-height: 1.2; margin: 1rem 0 .5rem; }
h2 { font-size: 1.35rem; margin: 2.5rem 0 .5rem; padding-bottom: .25rem; border-bottom: 1px solid var(--line); }
h3 { font-size: 1.1rem; margin: 0; }
h4 { font-size: 1rem; margin: 1.25rem 0 .25rem; }
a { color: var(--link); }
:focus-visible { outline: 3px solid var(--link); outline-offset: 2px; border-radius: 2px; }
.skip { position: absolute; left: -100vw; }
.skip:focus { left: 1rem; top: .5rem; background: var(--back); padding: .5rem 1rem; }
code, pre { font-family: ui-monospace, "SF Mono", Menlo, Consolas, monospace; font-size: .9em; }
pre { background: var(--raised); padding: .75rem 1rem; overflow-x: auto; border-radius: .4rem; overflow-wrap: normal; }
nav ul { list-style: none; padding: 0; margin: 0; columns: 20rem; }
nav h2 { font-size: 1rem; margin: 1rem 0 0; border: 0; }
nav li { padding: .15rem 0; break-inside: avoid; }
.quiet { color: var(--quiet); }
article { border: 1px solid var(--line); border-radius: .5rem; padding: 1rem; margin: 1rem 0; }
article h2 { margin-top: 0; }
article:target { border-color: var(--link); }
.method { font-weight: 700; text-transform: uppercase; }
.get { color: var(--get); } .post { color: var(--post); } .put, .patch { color: var(--put); } .delete { color: var(--delete); }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; vertical-align: top; padding: .35rem .75rem .35rem 0; border-bottom: 1px solid var(--line); }
/* Words stay whole: a table that is too wide scrolls in its frame. */
th, td { overflow-wrap: normal; }
th { font-weight: 600; color: var(--quiet); }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .25rem 1rem; }
dt { font-weight: 600; } dd { margin: 0; }
ul.links { list-style: none; padding: 0; }
ul.links li { padding: .5rem 0; border-bottom: 1px solid var(--line); }
ul.links a { font-weight: 600; margin-right: .5rem; }
ol.messages { list-style: none; padding: 0; }
.secret { font-size: 2rem; font-weight: 700; letter-spacing: .15em; font-family: ui-monospace, Menlo, Consolas, monospace; }
.text { white-space: pre-wrap; }
iframe { width: 100%; height: 40rem; border: 1px solid var(--line); border-radius: .4rem; background: var(--back); }
.hidden { position: absolute; left: -100vw; }
/* A phone has no room for columns, and a line of a sample wraps there. */
@media (max-width: 40rem) {
  /* A mail is longer where it is narrow. */
  iframe { height: 52rem; }
  pre { white-space: pre-wrap; overflow-wrap: anywhere; }
  thead { position: absolute; left: -100vw; }
  table, tbody, tr, td { display: block; width: 100%; }
  tr { padding: .5rem 0; border-bottom: 1px solid var(--line); }
  td { padding: 0; border: 0; overflow-wrap: anywhere; }
}
`
