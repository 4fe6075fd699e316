// The console's stylesheet: from 360 to 2,560 px, light and dark, by keyboard. No font or picture is loaded.
export const stylesheet = `
:root {
  color-scheme: light dark;
  --page: 100rem;
  --side: clamp(.75rem, 2vw, 2rem);
  --back: light-dark(#f6f7f9, #111417);
  --raised: light-dark(#ffffff, #1a1f24);
  --text: light-dark(#1b1f24, #e6e9ed);
  --quiet: light-dark(#545c68, #a7b0bb);
  --line: light-dark(#d5dae1, #343c45);
  --link: light-dark(#0b4fb3, #9cc3ff);
  --good: light-dark(#0b5d33, #86dcab);
  --good-back: light-dark(#e2f3e9, #14301f);
  --busy: light-dark(#0b4fb3, #9cc3ff);
  --busy-back: light-dark(#e3edfb, #16263c);
  --bad: light-dark(#9c1414, #ffaaa2);
  --bad-back: light-dark(#fbe6e4, #3d1817);
  --off: light-dark(#4a525d, #b4bcc6);
  --off-back: light-dark(#e9ecf0, #272d34);
  --solid: light-dark(#0b4fb3, #9cc3ff);
  --on-solid: light-dark(#ffffff, #0d1520);
  --solid-bad: light-dark(#a11414, #ffaaa2);
  --on-solid-bad: light-dark(#ffffff, #230a09);
}
* { box-sizing: border-box; }
html { scroll-padding-top: 5rem; -webkit-text-size-adjust: 100%; }
body {
  margin: 0; min-height: 100vh; display: flex; flex-direction: column;
  background: var(--back); color: var(--text);
  font: .9375rem/1.5 system-ui, sans-serif; overflow-wrap: anywhere;
}
main { flex: 1; width: 100%; max-width: var(--page); margin-inline: auto; padding: 1rem var(--side) 3rem; }
main:focus { outline: none; }
.narrow { max-width: 36rem; margin-inline: auto; }
footer { padding: 1rem; text-align: center; font-size: .875rem; }
h1 { font-size: 1.5rem; line-height: 1.25; margin: .5rem 0 1rem; }
h2 { font-size: 1.125rem; margin: 2rem 0 .75rem; }
.figure h2 { font-size: .875rem; margin: 0; }
p { margin: .5rem 0; }
a { color: var(--link); text-underline-offset: .15em; }
code { font: .875em ui-monospace, "SF Mono", Menlo, Consolas, monospace; }
.quiet, .nothing { color: var(--quiet); }
.hidden {
  position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap;
}
:focus-visible { outline: 3px solid var(--link); outline-offset: 2px; border-radius: .2rem; }
.skip { position: absolute; left: -100vw; z-index: 2; }
.skip:focus { left: .5rem; top: .5rem; background: var(--raised); padding: .5rem 1rem; }

.bar {
  position: sticky; top: 0; z-index: 1; display: flex; flex-wrap: wrap; align-items: center; gap: .25rem 1.5rem;
  padding: .5rem max(var(--side), calc(50vw - var(--page) / 2 + var(--side))); background: var(--raised); border-bottom: 1px solid var(--line);
}
.brand { font-weight: 700; text-decoration: none; color: var(--text); }
.bar nav { flex: 1 1 auto; min-width: 0; }
.bar ul { display: flex; flex-wrap: wrap; gap: 0 .25rem; list-style: none; margin: 0; padding: 0; }
.bar li a {
  display: block; padding: .4rem .6rem; border-radius: .35rem; color: var(--text); text-decoration: none;
}
.bar li a:hover { background: var(--off-back); }
.bar li a[aria-current] { background: var(--busy-back); color: var(--busy); font-weight: 600; }
.account { display: flex; flex-wrap: wrap; align-items: center; gap: .25rem .75rem; font-size: .875rem; }

button, .button, input, select, textarea { font: inherit; color: inherit; }
button, .button {
  display: inline-block; padding: .45rem .9rem; border: 1px solid var(--line); border-radius: .35rem;
  background: var(--raised); color: var(--text); text-decoration: none; cursor: pointer; line-height: 1.4;
}
button:hover, .button:hover { border-color: var(--quiet); }
button.primary { background: var(--solid); border-color: var(--solid); color: var(--on-solid); font-weight: 600; }
button.danger { background: var(--solid-bad); border-color: var(--solid-bad); color: var(--on-solid-bad); font-weight: 600; }
.button.danger { color: var(--bad); border-color: var(--bad); }
input, select, textarea {
  width: 100%; padding: .45rem .6rem; border: 1px solid var(--quiet); border-radius: .35rem; background: var(--raised);
}
input, select { min-height: 2.5rem; }
input[type="checkbox"] { width: 1.5rem; min-height: 0; height: 1.5rem; margin: 0; }
textarea { font-family: ui-monospace, "SF Mono", Menlo, Consolas, monospace; resize: vertical; }
#field-description { font-family: inherit; }
label.check { display: flex; align-items: start; gap: .5rem; }
label { display: block; font-weight: 600; font-size: .875rem; margin-bottom: .25rem; }
.field p { margin: .25rem 0 0; font-size: .875rem; }
.stack { display: grid; gap: 1rem; }
.stack > p { margin: 0; }
.stack.box { max-width: 48rem; }
.box { background: var(--raised); border: 1px solid var(--line); border-radius: .5rem; padding: 1rem; }
.line { display: flex; flex-wrap: wrap; align-items: end; gap: .5rem; }
.line .field { flex: 1 1 12rem; }
.buttons { display: flex; flex-wrap: wrap; align-items: center; gap: .5rem 1rem; margin-top: .25rem; }
table + .buttons { margin-top: 1rem; }
.search {
  display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 13rem), 1fr)); gap: .75rem 1rem;
  align-items: start; margin: .5rem 0 1rem; max-width: 72rem;
}
.search .buttons { grid-column: 1 / -1; }
details.box { margin-bottom: 1rem; padding: 0; }
summary { padding: .6rem 1rem; font-weight: 600; cursor: pointer; }
details.reads { margin-top: 1rem; }
details.reads summary { padding-inline: 0; }
details .search { padding: 0 1rem 1rem; margin: 0; }
.filters { display: flex; flex-wrap: wrap; align-items: end; justify-content: space-between; gap: .75rem 2rem; margin-bottom: 1rem; }
.filters ul { display: flex; flex-wrap: wrap; gap: .4rem; list-style: none; margin: 0; padding: 0; }
.filters li a {
  display: block; padding: .25rem .75rem; border: 1px solid var(--line); border-radius: 1rem; background: var(--raised);
  color: var(--text); text-decoration: none;
}
.filters li a:hover { border-color: var(--quiet); }
.filters li a[aria-current] { background: var(--busy-back); border-color: var(--busy); color: var(--busy); font-weight: 600; }

.badge {
  display: inline-block; padding: 0 .5rem; border-radius: .75rem; font-size: .8125rem; line-height: 1.5; font-weight: 600;
  white-space: nowrap; border: 1px solid transparent;
}
.badge.good { color: var(--good); background: var(--good-back); }
.badge.busy { color: var(--busy); background: var(--busy-back); }
.badge.bad { color: var(--bad); background: var(--bad-back); border-color: var(--bad); }
.badge.off { color: var(--off); background: var(--off-back); }
.badges { display: inline-flex; flex-wrap: wrap; gap: .25rem; align-items: center; }
.badges.large .badge { font-size: .9375rem; padding: .1rem .7rem; }
.notice { border: 1px solid; border-left-width: .3rem; border-radius: .35rem; padding: .6rem .9rem; margin: 0 0 1rem; }
.stack > .notice { margin: 0; }
.notice.good { color: var(--good); background: var(--good-back); }
.notice.bad { color: var(--bad); background: var(--bad-back); }
.notice ul { margin: .25rem 0 0; padding-left: 1.25rem; }
.notice p { margin: 0; }
.notice .quiet { color: inherit; }
.empty { padding: 1rem; border: 1px dashed var(--line); border-radius: .5rem; color: var(--quiet); }

table { border-collapse: collapse; width: 100%; background: var(--raised); border: 1px solid var(--line); }
th, td { text-align: left; vertical-align: top; padding: .5rem .75rem; border-bottom: 1px solid var(--line); }
th { font-size: .8125rem; color: var(--quiet); font-weight: 600; white-space: nowrap; }
th.number, td.number { text-align: right; }
.number, .money, .time { font-variant-numeric: tabular-nums; }
.time time, .money, td code, td.number { white-space: nowrap; }
.time .quiet { font-size: .875rem; white-space: nowrap; }
tbody tr:last-child td { border-bottom: 0; }
tbody tr:hover { background: var(--back); }
.body { display: block; max-width: 32rem; white-space: pre-wrap; }
.facts { display: grid; gap: .4rem; margin: .5rem 0 1rem; }
.facts div { display: grid; grid-template-columns: 8rem 1fr; gap: .5rem; }
.facts dt { color: var(--quiet); }
.facts dd { margin: 0; }
.plain { list-style: none; margin: 0; padding: 0; display: grid; gap: .25rem; }
.actions { display: flex; flex-wrap: wrap; gap: .5rem; list-style: none; margin: 0; padding: 0; }
.timeline { list-style: none; margin: 0; padding: 0 0 0 1rem; border-left: 2px solid var(--line); display: grid; gap: .6rem; }
.timeline p { margin: .15rem 0 0; }
.trail { font-size: .875rem; display: flex; flex-wrap: wrap; gap: .25rem .5rem; }
.trail a::after { content: "›"; display: inline-block; padding-left: .5rem; color: var(--quiet); }
.pages { display: flex; gap: 1.5rem; margin: 1rem 0; }

.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 16rem), 1fr)); gap: 1rem; }
.figure { background: var(--raised); border: 1px solid var(--line); border-radius: .5rem; padding: .75rem 1rem; display: flex; flex-direction: column; }
.figure.alarm { border-color: var(--bad); background: var(--bad-back); }
.figure.alarm .quiet, .figure.alarm .value { color: var(--bad); }
.figure .value { font-size: 1.5rem; font-weight: 700; margin: .1rem 0 .4rem; font-variant-numeric: tabular-nums; }
.figure .quiet { font-size: .875rem; margin: .4rem 0 0; }
.plot { display: block; width: 100%; height: 3rem; }
.plot rect { fill: var(--busy); }
.plot polyline { fill: none; stroke: var(--busy); stroke-width: 2; }
.columns { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 22rem), 1fr)); gap: 0 2rem; align-items: start; }
.columns.wide { grid-template-columns: repeat(auto-fit, minmax(min(100%, 28rem), 1fr)); }
.columns section > h2:first-child { margin-top: 1rem; }
.shares { list-style: none; margin: 0; padding: 0; display: grid; gap: .4rem; }
.shares li { display: grid; grid-template-columns: 7rem 1fr 5rem; gap: .75rem; align-items: center; }
.shares .number { text-align: right; }
.share { display: block; width: 100%; height: .5rem; background: var(--off-back); border-radius: .25rem; }
.share rect { fill: var(--busy); }

@media (max-width: 40rem) {
  .bar { position: static; }
  .bar nav { order: 3; flex-basis: 100%; margin-inline: -.6rem; }
  .account { margin-left: auto; }
  .account > span { display: none; }
  table.cards, .cards tbody, .cards tr, .cards td { display: block; width: 100%; }
  .cards { border: 0; background: none; }
  .cards thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  .cards tr { background: var(--raised); border: 1px solid var(--line); border-radius: .5rem; margin-bottom: .75rem; padding: .25rem 0; }
  .cards td, .cards td.number { display: grid; grid-template-columns: 5rem 1fr; gap: .5rem; text-align: left; border: 0; padding: .25rem .75rem; }
  .cards td::before { white-space: normal; content: attr(data-label); color: var(--quiet); font-size: .8125rem; }
  .cards td:has(.nothing) { display: none; }
  .facts div { grid-template-columns: 5rem 1fr; }
}
@media (min-width: 120rem) {
  :root { --page: 120rem; }
  body { font-size: 1rem; }
}
@media (prefers-reduced-motion: no-preference) {
  .plot rect, .share rect { transition: y .4s, height .4s, width .4s; }
}
@media (forced-colors: active) {
  .badge, .figure, .notice { border-color: CanvasText; }
}
@media print {
  .bar, .filters, .search, .actions, .skip { display: none; }
}
`
