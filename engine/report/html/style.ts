import { pictureColours, pictureStyle } from "../../picture/render-svg.ts";

/** Light and dark, wide and narrow, screen and paper. */
export const style = `${pictureColours(":root")}
:root{color-scheme:light dark;--ground:var(--l-ground);--ink:var(--l-ink);--quiet:var(--l-quiet);--line:var(--l-line);--card:var(--l-card);--soft:var(--l-host);
--ok:#1d7a44;--changed:#8a5b00;--failed:#b8242b;--skipped:#5b6578;--deferred:#84389f;--ins:#dff5e6;--del:#fde3e2;--link:#2563c4}
@media (prefers-color-scheme:dark){:root{--ok:#6cd394;--changed:#f0bd55;--failed:#ff8e8e;--skipped:#a0a9ba;--deferred:#d9a3ee;--ins:#173a26;--del:#452022;--link:#86b4f5}}
*{box-sizing:border-box}html{scroll-padding-top:4.5rem}
body{margin:0;background:var(--ground);color:var(--ink);font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"DejaVu Sans",sans-serif}
main,header>div,nav>div{max-width:1120px;margin:0 auto;padding:0 20px}
a{color:var(--link);text-underline-offset:2px}h1,h2,h3{line-height:1.25;text-wrap:balance}h1{font-size:1.6rem;margin:.2rem 0}h2{font-size:1.2rem;margin:2.2rem 0 .8rem}h3{font-size:1rem;margin:1.4rem 0 .4rem}
header{padding:26px 0 16px}header p{margin:.15rem 0;color:var(--quiet)}
.verdict{display:inline-block;font-weight:600;border-radius:99px;padding:.15rem .8rem;border:1px solid currentColor}
.verdict.good{color:var(--ok)}.verdict.bad{color:var(--failed)}.verdict.open{color:var(--changed)}
nav{position:sticky;top:0;z-index:2;background:var(--ground);border-bottom:1px solid var(--line)}
nav>div{display:flex;flex-wrap:wrap;gap:.3rem 1.1rem;padding-top:9px;padding-bottom:9px;align-items:center}nav a{text-decoration:none;font-weight:500}
.tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(104px,1fr));gap:10px;padding:0;list-style:none;margin:1rem 0}
.tiles li{background:var(--card);border:1px solid var(--line);border-radius:10px;padding:10px 14px}.tiles b{display:block;font-size:1.5rem;line-height:1.2;font-variant-numeric:tabular-nums}.tiles span{color:var(--quiet);font-size:.85rem}
.ok b,.s-ok{color:var(--ok)}.changed b,.s-changed{color:var(--changed)}.failed b,.unreachable b,.s-failed,.s-unreachable{color:var(--failed)}.deferred b,.s-deferred{color:var(--deferred)}.s-skipped,.s-rescued,.s-ignored{color:var(--skipped)}
.s{font-weight:600;white-space:nowrap}
table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}th{text-align:left;font-weight:500;color:var(--quiet);font-size:.82rem}td,th{padding:5px 10px 5px 0;border-bottom:1px solid var(--line);vertical-align:top}
.num{text-align:right}td.num{white-space:nowrap}.wide{overflow-x:auto}
.zero{color:var(--quiet);opacity:.55}
code,.mono,pre{font-family:ui-monospace,"Cascadia Mono",Menlo,Consolas,"DejaVu Sans Mono",monospace;font-size:.86em}
.where{color:var(--quiet);font-size:.84rem;overflow-wrap:anywhere}.quiet{color:var(--quiet)}
form{display:flex;flex-wrap:wrap;gap:8px 14px;align-items:center;background:var(--soft);border:1px solid var(--line);border-radius:10px;padding:10px 14px;margin:0 0 12px}
input[type=search]{flex:1 1 220px;min-width:0;font:inherit;padding:6px 10px;border-radius:7px;border:1px solid var(--line);background:var(--card);color:inherit}
label{white-space:nowrap}output{color:var(--quiet);margin-left:auto}
.task{background:var(--card);border:1px solid var(--line);border-radius:10px;margin:8px 0;overflow:hidden}
.task>summary{display:flex;flex-wrap:wrap;gap:2px 12px;align-items:baseline;padding:9px 14px;cursor:pointer}.task>summary:focus-visible,a:focus-visible{outline:2px solid var(--link);outline-offset:-2px}
.task>summary>b{font-weight:600;flex:1 1 220px;min-width:0;overflow-wrap:anywhere}.task>summary::-webkit-details-marker{display:none}
.task[open]>summary{border-bottom:1px solid var(--line)}.task .tally{display:flex;flex-wrap:wrap;gap:0 10px}
.inner{padding:4px 14px 12px}.role{color:var(--quiet);font-weight:400}
.tell{border-left:3px solid var(--line);padding:2px 0 4px 12px;margin:10px 0;overflow-wrap:anywhere}.tell.changed{border-color:var(--l-changed)}.tell.failed,.tell.unreachable{border-color:var(--l-failed)}.tell.deferred{border-color:var(--l-deferred)}.tell.ok{border-color:var(--l-ok)}
.tell p{margin:.25rem 0;white-space:pre-wrap}.hint{color:var(--link)}.warn{color:var(--changed)}.bad{color:var(--failed)}
ins,del{text-decoration:none;border-radius:3px;padding:0 4px;white-space:pre-wrap;overflow-wrap:anywhere}ins{background:var(--ins)}del{background:var(--del)}
.diff{table-layout:fixed;border:1px solid var(--line);border-radius:6px;margin:.4rem 0;background:var(--ground)}.diff td{border:0;padding:0 8px;white-space:pre-wrap;overflow-wrap:anywhere;width:50%}
.diff td:nth-child(2){border-left:1px solid var(--line)}.diff .i{background:var(--ins)}.diff .d{background:var(--del)}.diff .h{color:var(--quiet);background:var(--soft)}
.steps{margin:.3rem 0;padding:0;list-style:none}.steps li{color:var(--quiet);overflow-wrap:anywhere}.steps li::before{content:"› "}
.time{display:block;width:100%;height:12px}.time rect{fill:var(--link);opacity:.75}.time .track{fill:var(--line);opacity:.35}
.note{background:var(--soft);border:1px solid var(--line);border-left:4px solid var(--l-changed);border-radius:8px;padding:10px 14px;margin:12px 0}
.picture{overflow-x:auto;border:1px solid var(--line);border-radius:10px;padding:12px;background:var(--ground)}.picture svg{display:block;max-width:none}
.legend{display:flex;flex-wrap:wrap;gap:4px 16px;margin:8px 0;font-size:.85rem}.legend svg{vertical-align:-1px}
[hidden]{display:none!important}footer{color:var(--quiet);font-size:.85rem;padding:26px 0 40px}
.sr{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
@media (max-width:640px){h1{font-size:1.25rem}main,header>div,nav>div{padding-left:12px;padding-right:12px}.hide{display:none}.diff,.diff tbody,.diff tr,.diff td{display:block;width:100%}.diff td:empty{display:none}.diff .same td:nth-child(2){display:none}.diff td:nth-child(2){border-left:0}}
@media print{nav,form{display:none}body{background:#fff}.task{break-inside:avoid}details::details-content{content-visibility:visible;block-size:auto}.picture{overflow:visible}.picture svg{width:100%;height:auto}}
${pictureStyle}`;
