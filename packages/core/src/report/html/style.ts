/** The page's style. Colours hold WCAG AA on their background in both schemes; type is the reader's own system font. */
export const STYLE = `
:root{color-scheme:light dark;--bg:#fcfcfb;--card:#fff;--ink:#1b1f24;--muted:#59636e;--rule:#e3e5e8;--grid:#eceef0;
--ok:#1a7f37;--ok-bar:#4a9c62;--warn:#8a5a00;--warn-bar:#d09a2c;--bad:#c21f2c;--bad-bar:#d64550;--off:#6b7580;--off-bar:#b3bac2;--undo:#6941c6;--undo-bar:#8f73d6;--link:#0a5dc2;
--bad-bg:#fdf3f3;--warn-bg:#fdf8ec;--ok-bg:#f1f8f3}
@media (prefers-color-scheme:dark){:root{--bg:#101316;--card:#161a1f;--ink:#e4e7eb;--muted:#9ba5b0;--rule:#2a3037;--grid:#20252b;
--ok:#56c271;--ok-bar:#3b8f53;--warn:#e0ad4a;--warn-bar:#b98a2e;--bad:#ff7b76;--bad-bar:#d2524f;--off:#9ba5b0;--off-bar:#4a535d;--undo:#b39df0;--undo-bar:#7d64c4;--link:#6cb2ff;
--bad-bg:#241618;--warn-bg:#221c11;--ok-bg:#121e17}}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%}
body{margin:0;background:var(--bg);color:var(--ink);font:14px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif;font-variant-numeric:tabular-nums}
main,.top{max-width:68rem;margin:0 auto;padding:0 1.25rem}
a{color:var(--link);text-decoration:none}a:hover{text-decoration:underline}
:focus-visible{outline:2px solid var(--link);outline-offset:2px;border-radius:3px}
code,.chart th[scope=row],.problems strong{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace;font-size:.9286em;overflow-wrap:anywhere}
small{font-size:.9286em;color:var(--muted);font-family:system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif;font-weight:400}
.muted{color:var(--muted)}
.away{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
.skip:focus{position:static;width:auto;height:auto;clip-path:none}
.top{padding-top:1.1rem;padding-bottom:.9rem;display:flex;flex-wrap:wrap;gap:.15rem .6rem;color:var(--muted);font-size:.9286rem}
.top b{color:var(--ink);font-weight:600}.top time{margin-left:auto}
.verdict{border:1px solid var(--rule);border-left:4px solid var(--tone);border-radius:6px;background:var(--tone-bg);padding:1.1rem 1.3rem 1.15rem}
.verdict.success{--tone:var(--ok-bar);--tone-bg:var(--ok-bg)}.verdict.warning{--tone:var(--warn-bar);--tone-bg:var(--warn-bg)}.verdict.failure{--tone:var(--bad-bar);--tone-bg:var(--bad-bg)}
.verdict h1{display:flex;gap:.6rem;align-items:flex-start;margin:0;font-size:1.5rem;line-height:1.3;font-weight:650;letter-spacing:-.012em;overflow-wrap:anywhere}
.verdict h1 .icon{width:1.55rem;height:1.55rem;margin-top:.2rem}
.verdict p{margin:.4rem 0 0 2.15rem;max-width:52rem;overflow-wrap:anywhere}.verdict b{font-weight:600}
.message{white-space:pre-wrap;margin:.9rem 0 0;color:var(--muted)}
.facts{display:flex;flex-wrap:wrap;margin:1rem 0 0;gap:.7rem 2.2rem}
.facts div{min-width:0}.facts dt{font-size:.8571rem;color:var(--muted)}.facts dd{margin:0;font-weight:550;overflow-wrap:anywhere}
nav{display:flex;flex-wrap:wrap;gap:.2rem 1.1rem;margin:1.2rem 0 0;padding:.55rem 0;border-top:1px solid var(--rule);border-bottom:1px solid var(--rule);font-size:.9286rem}
section{margin:2rem 0 0}
h2{display:flex;align-items:baseline;gap:.6rem;font-size:1.0714rem;font-weight:650;margin:0 0 .55rem;letter-spacing:-.005em}
h2 small{font-size:.9286rem}
h3{font-size:.9286rem;font-weight:600;margin:1.1rem 0 .2rem;color:var(--muted)}
section p{margin:.2rem 0 .5rem}
table{width:100%;border-collapse:collapse}
th,td{text-align:left;padding:.36rem .6rem .36rem 0;border-bottom:1px solid var(--rule);vertical-align:top;font-weight:400}
thead th{color:var(--muted);font-size:.8571rem;padding-top:0}
.num{text-align:right;white-space:nowrap;padding-right:0}
.icon{width:1rem;height:1rem;flex:none;fill:none;stroke:currentColor;stroke-width:1.6;stroke-linecap:round;stroke-linejoin:round;vertical-align:-.18rem}
.icon circle{stroke-width:1.3}
.icon.success{color:var(--ok)}.icon.warning{color:var(--warn)}.icon.failure{color:var(--bad)}.icon.skipped{color:var(--off)}.icon.undo{color:var(--undo)}
.stages td:first-child,.list td:first-child{width:1.6rem;padding-right:.5rem}.list th[scope=row]{font-weight:550;overflow-wrap:break-word}.list .num{padding-left:.8rem}.list small{white-space:nowrap}.list thead .num{vertical-align:bottom}.list thead .num small{display:block;white-space:normal}.wide{overflow-x:auto}.wide th[scope=row]{white-space:nowrap;padding-right:1rem}.wide thead .num{white-space:normal}.stages th[scope=row]{font-weight:600}.stages td.delta{white-space:nowrap;color:var(--muted)}.stages td.spark-cell{width:7rem;padding-top:.2rem;padding-bottom:.1rem}
.stages a{color:inherit}
.worse{color:var(--bad);font-weight:600}.better{color:var(--ok);font-weight:600}
.spark{display:block;overflow:visible}.spark .line{fill:none;stroke:var(--muted);stroke-width:1.3;stroke-linejoin:round}.spark .fill{fill:var(--grid)}.spark circle{fill:var(--ink)}
.chart{table-layout:fixed}.chart thead th:first-child{width:34%}.chart thead th:last-child{width:4.6rem}
.chart td,.chart th{border-bottom:0;padding-top:.1rem;padding-bottom:.1rem;vertical-align:middle}.chart tbody td{padding-top:0;padding-bottom:0}.chart td:nth-child(2),.chart thead th:nth-child(2){padding-right:1rem}
.chart thead th{border-bottom:1px solid var(--rule);vertical-align:bottom;padding-bottom:.25rem}
.chart tbody th[scope=row]{line-height:1.35}.chart tbody th[scope=row]{padding-left:1.5rem;text-indent:-1.5rem}.chart tbody th[scope=row] .icon{margin-right:.5rem}
.chart tr.nested th[scope=row]{padding-left:2.8rem}@media (min-width:641px){.chart tbody tr:not(.group) th[scope=row]{white-space:nowrap;overflow:hidden;text-overflow:ellipsis;padding-right:1rem}}
.chart tr.group th{padding-top:.7rem;font-weight:600;font-size:.9286rem}
.chart tr.note td{padding:.1rem 0 .5rem 1.5rem;color:var(--ink);font-size:.9643rem;overflow-wrap:anywhere}.chart tr.note strong{font-weight:600}
.bar,.axis{display:block;overflow:visible}.axis text{font-size:11px;fill:var(--muted)}
.grid{stroke:var(--grid)}.mark{stroke:var(--ink);stroke-width:1.5}
rect.success{fill:var(--ok-bar)}rect.warning{fill:var(--warn-bar)}rect.failure{fill:var(--bad-bar)}rect.skipped{fill:var(--off-bar)}rect.undo{fill:var(--undo-bar)}
.todo{color:var(--muted)}.todo::before{content:"→ "}
.fault{color:var(--bad);overflow-wrap:anywhere}.fault .todo{color:var(--muted)}
ul.plain,ul.problems,.share ul{list-style:none;margin:0;padding:0}
ul.plain li{padding:.3rem 0;overflow-wrap:anywhere}ul.plain li .icon,.names .icon{margin-right:.5rem}ul.plain strong{font-weight:600}
.names{color:var(--muted);line-height:1.9}.names code{margin-right:.55rem}
ul.problems li{display:flex;gap:.6rem;padding:.6rem 0;border-top:1px solid var(--rule)}ul.problems li:first-child{border-top:0;padding-top:.1rem}
ul.problems div{min-width:0;overflow-wrap:anywhere}ul.problems p{margin:0}ul.problems .icon{margin-top:.18rem}ul.problems strong{font-weight:600}
.new{font-size:.7857rem;font-weight:600;color:var(--bad);border:1px solid currentColor;border-radius:3px;padding:0 .3rem;margin-left:.2rem;vertical-align:.08rem}
details summary{cursor:pointer;color:var(--link);padding:.4rem 0}
.share{margin:.3rem 0 .8rem}.share svg{border-radius:2px;display:block}.share ul{display:flex;flex-wrap:wrap;gap:.1rem 1.2rem;margin-top:.35rem;color:var(--muted);font-size:.9286rem}
.dot{display:inline-block;width:.6rem;height:.6rem;border-radius:2px;margin-right:.35rem}.dot.success{background:var(--ok-bar)}.dot.failure{background:var(--bad-bar)}.dot.warning{background:var(--warn-bar)}.dot.skipped{background:var(--off-bar)}
footer{max-width:68rem;margin:2.6rem auto 0;padding:1rem 1.25rem 2rem;border-top:1px solid var(--rule);color:var(--muted);font-size:.8571rem}
@media (max-width:640px){main,.top,footer{padding-left:1rem;padding-right:1rem}.top time{margin-left:0;width:100%}.verdict{padding:.9rem 1rem 1rem}.verdict h1{font-size:1.2rem}.verdict h1 .icon{width:1.3rem;height:1.3rem;margin-top:.12rem}.verdict p{margin-left:0}
.facts{gap:.6rem 1.6rem}.chart,.chart tbody,.chart thead{display:block}.chart tr{display:grid;grid-template-columns:minmax(0,1fr) auto}.chart tr>:nth-child(2){grid-column:1/-1;grid-row:2;padding-right:0!important}.chart tr.note>td,.chart tr.group>th{grid-column:1/-1}.chart tr.note>td{padding-left:1.5rem}.chart tbody svg.bar{height:20px}.chart thead tr{border-bottom:1px solid var(--rule)}.chart thead th{border:0}.stages .spark-cell,.stages .spark-head,.stages .time,.list .time{display:none}.list .num{white-space:normal;padding-left:.4rem}.chart tr.nested th[scope=row]{padding-left:2rem}.stages th,.stages td{padding-right:.4rem}}
@media print{:root{color-scheme:light}body{font-size:11px;background:#fff}nav,.skip{display:none}section{break-inside:avoid-page;margin-top:1.2rem}details::details-content{content-visibility:visible;block-size:auto}a{color:inherit}*{print-color-adjust:exact;-webkit-print-color-adjust:exact}}
`;
