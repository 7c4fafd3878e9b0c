/** Light and dark, for screens of any width and for paper. Contrasts are at least 4.5:1 (WCAG 2.2, 1.4.3). */
export const STYLE = `
:root{color-scheme:light dark;--back:#fff;--text:#1b1f24;--soft:#57606a;--line:#d0d7de;--code:#f6f8fa;--link:#0a58ca;--get:#0a6b3d;--post:#0a58ca;--patch:#8a5300;--delete:#b3261e}
@media(prefers-color-scheme:dark){:root{--back:#0f1419;--text:#e6e9ec;--soft:#a0a8b1;--line:#333c46;--code:#1a2129;--link:#7cb3ff;--get:#6fd19b;--post:#7cb3ff;--patch:#f0b866;--delete:#ff9a92}}
*{box-sizing:border-box}
html{scroll-padding-top:1rem}
body{margin:0;background:var(--back);color:var(--text);font:16px/1.55 system-ui,sans-serif;display:grid;grid-template-columns:19rem minmax(0,1fr)}
nav{position:sticky;top:0;height:100vh;overflow-y:auto;padding:1.25rem 1rem;border-right:1px solid var(--line);font-size:.8125rem}
nav ul{list-style:none;margin:0;padding:0}nav>ul>li{margin:.75rem 0}nav>ul>li>a{font-weight:600;text-transform:capitalize}
nav li li a{display:block;text-decoration:none;padding:.1rem 0;color:var(--text);white-space:nowrap;overflow:hidden;text-overflow:ellipsis;font-family:ui-monospace,monospace;font-size:.75rem}
main{padding:1.5rem clamp(1rem,4vw,3rem) 6rem;max-width:66rem}
h1{margin:.25rem 0;font-size:1.75rem}h2{margin:3rem 0 .25rem;padding-bottom:.25rem;border-bottom:1px solid var(--line);text-transform:capitalize}
.as-is{text-transform:none!important}h3{font-size:1rem;margin:0 0 .5rem;overflow-wrap:anywhere}h4{font-size:.875rem;margin:1rem 0 .25rem}
h3 a{color:inherit;text-decoration:none}h3 a:hover{text-decoration:underline}
article{margin:1.25rem 0;padding:1rem 1.125rem;border:1px solid var(--line);border-radius:.5rem}article:target{border-color:var(--link);box-shadow:0 0 0 1px var(--link)}
p{margin:.35rem 0;max-width:44rem}a{color:var(--link)}:focus-visible{outline:2px solid var(--link);outline-offset:2px}
code,pre{font-family:ui-monospace,SFMono-Regular,Menlo,monospace;font-size:.8125rem}
pre{background:var(--code);border:1px solid var(--line);border-radius:.375rem;padding:.625rem .75rem;overflow-x:auto;margin:.625rem 0}
td code,p code{background:var(--code);padding:.05rem .25rem;border-radius:.25rem}
b{font-family:ui-monospace,monospace;font-size:.75em;letter-spacing:.02em}
.GET,.SUB{color:var(--get)}.POST,.PUB{color:var(--post)}.PATCH,.PUT{color:var(--patch)}.DELETE{color:var(--delete)}
small{color:var(--soft);font-size:.75rem;white-space:nowrap}summary{cursor:pointer;color:var(--soft);font-size:.875rem;margin-top:.5rem}
.scroll{overflow-x:auto;margin:.5rem 0}table{border-collapse:collapse;width:100%;font-size:.875rem}th,td{text-align:left;vertical-align:top;padding:.3rem .75rem .3rem 0;border-bottom:1px solid var(--line)}th{color:var(--soft);font-weight:500}
td:first-child{white-space:nowrap}
.skip{position:absolute;left:-999px}.skip:focus{left:.5rem;top:.5rem;background:var(--back);padding:.5rem;z-index:1}
@media(max-width:52rem){body{display:block}nav{position:static;height:auto;max-height:45vh;border-right:0;border-bottom:1px solid var(--line)}}
@media print{nav{display:none}body{display:block}}
`.trim();
