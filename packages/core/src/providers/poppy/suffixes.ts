/**
 * Tells whether a two-label name is a suffix below which names are sold, so that a third label makes a root domain. The
 * list is the vendor's own, and shorter than the public suffix list.
 */
export const isSecondLevelSuffix = (name: string): boolean => {
  const [second, top, ...more] = name.split('.')
  if (second === undefined || top === undefined || more.length > 0) return false
  return (COUNTRIES.has(top) && SECOND_LEVELS.has(second)) || (OWN.get(top)?.has(second) ?? false)
}

// -- internals

const words = (text: string): ReadonlySet<string> => new Set(text.trim().split(/\s+/))

const SECOND_LEVELS = words(`
  ac biz co com edu gov id int ltd me mil mod name net nhs nic nom or org plc sch web
`)

const COUNTRIES = words(`
  ac ad ae af ag ai al am ao aq ar as at au aw ax az ba bb bd be bf bg bh bi bj bm bn bo br bt bv
  bw by bz ca cc cd cf cg ch ci ck cl cm cn co cr cu cv cw cx cz de dj dk dm do dz ec ee eg er es
  et eu fi fj fk fm fo fr ga gd gf gg gh gi gl gm gn gp gq gr gs gt gu gw gy hk hm hn hr ht hu id
  il im in io iq ir is it je jm jo jp ke kg kh ki km kn kp kr kw ky la lb lc li lk lr ls lt lu lv
  ly ma mc md me mg mh mk ml mm mn mo mq mr ms mt mu mv mw mx my mz na nc ne nf ng ni nl no np nr
  nu nz pa pe pf pg ph pk pl pm pn pr ps pt pw py qa re ro rs ru rw sa sb sd se sg sh si sk sl sm
  sn so sr st su sv sx sy sz tc td tf tg th tk tl tm tn to tp tr tt tv tw tz ua ug uk us uy uz va
  vc ve vg vi vu wf ws ye yt za zm zw
`)

// What one country has beside the common ones.
const OWN: ReadonlyMap<string, ReadonlySet<string>> = new Map([
  ['at', words('gv priv')],
  ['au', words('act asn csiro nsw nt oz sa tas vic wa')],
  ['es', words('gob')],
  [
    'fr',
    words(`
      aeroport avocat avoues cci chambagri experts-comptables geometre-expert greta medecin notaires
      pharmacien port veterinaire
    `),
  ],
  [
    'ru',
    words(`
      adygeya altai amur amursk astrakhan baikal belgorod bir bryansk buryatia cbg chel chita
      chuvashia cmw dagestan dudinka fareast grozny irkutsk ivanovo izhevsk jamal jar joshkar-ola
      k-uralsk kalmykia kaluga kamchatka karelia kazan kchr khabarovsk khakassia khv kirov kms koenig
      kostroma krasnoyarsk kurgan kursk kustanai lipetsk magadan magnitka mari mari-el marine mordovia
      mosreg msk mytis nakhodka nalchik nkz nnov norilsk nov novosibirsk nsk omsk orenburg oryol oskol
      palana penza perm pp pskov ptz pyatigorsk ryazan sakhalin samara saratov simbirsk smolensk snz
      spb stavropol stv surgut syzran tambov test tom tomsk tsaritsyn tsk tula tuva tver tyumen udm
      udmurtia ulan-ude vdonskzgrad vladikavkaz vladimir vladivostok volgograd voronezh vrn vyatka
      yakutia yamal yaroslavl yekaterinburg yuzhno-sakhalinsk
    `),
  ],
  ['tr', words('av bbs bel dr gen info k12 kep pol tel tsk tv')],
  [
    'us',
    words(`
      ak al ar as az ca ct dc de fl ga gu hi il in ks ky la ma md mi mn mo mp ms mt nc nd ne nh nj nm
      nv ny oh ok pa pr ri sc sd tn tx um ut va vi vt wa wi wv wy
    `),
  ],
  ['za', words('law school')],
])
