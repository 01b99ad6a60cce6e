import { findScenario, runScenario } from "@tideover/simulator";
const s = findScenario("ticket-drain")!;
const q = (v:number[],p:number)=>v.toSorted((a,b)=>a-b)[Math.floor(v.length*p)];
for (const rate of [1.2,1.6]) {
 const A:number[]=[],B:number[]=[]; let dr=0,n=0; const out:any={};
 for (let seed=1; seed<=20; seed++) {
  const sc = {...s, arrivals: {...s.arrivals, rate}} as any;
  const w = await runScenario(sc,{seed}); const o = await runScenario({...sc, backlog: undefined},{seed});
  const from=s.trouble!.toMs, to=Math.min(w.backlog!.drainedAt??1e9, s.durationMs);
  dr+=(w.backlog!.drainedAt??1e9)-from; n++;
  const take=(r:any,into:number[])=>{for (const c of r.calls) { if(c.arrivedAt<from||c.arrivedAt>to) continue; const l=c.tries.at(-1)!; if (l.firstContentAt!==undefined&&l.rung==="live") into.push(l.firstContentAt-c.arrivedAt);} };
  take(w,B); take(o,A);
  if (seed===6||seed===12) out["r"+seed]=q(B,.95)!/q(A,.95)!;
 }
 console.log(JSON.stringify({rate, ...out, all:q(B,.95)!/q(A,.95)!, p50:q(B,.5)!/q(A,.5)!, drainS:dr/n/1000}));
}
