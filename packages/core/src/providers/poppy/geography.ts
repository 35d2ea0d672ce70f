/** Tells whether the vendor can restrict by this region, country or area; spelling and case count. */
export const isGeography = (name: string): boolean => GEOGRAPHIES.has(name)

// -- internals

const REGIONS = [
  'North America|South America|EMEA(Europe, Middle East and Africa)|Japan|India|Australia/NZ',
  'Rest Of APAC',
]

// `Jordan, Kenya` and `Senegal, Seychelles` are one entry each in the vendor's list, and known singly as well.
const AREAS = [
  'Afghanistan|Albania|Algeria|American Samoa|Andorra|Angola|Antarctica|Antigua and Barbuda',
  'Argentina|Armenia|Aruba|Australia|Austria|Azerbaijan|Bahamas|Bahrain|Bangladesh|Barbados',
  'Belarus|Belgium|Belize|Benin|Bermuda|Bhutan|Bolivia|Bosnia and Herzegovina|Botswana',
  'Bouvet Island|Brazil|British Indian Ocean Territory|British Virgin Islands|Brunei|Bulgaria',
  'Burkina|Burundi|Cambodia|Cameroon|Canada|Cape Verde|Cayman Islands|Central African Republic',
  "Chad|Chile|Christmas Island|Cocos|Colombia|Comoros|Congo|Cook Islands|Costa Rica|Cote D'Ivoire",
  'Croatia|Cuba|Cyprus|Czech Republic|Democratic Republic of Congo|Denmark|Djibouti|Dominica',
  'Dominican Republic|East Timor|Ecuador|Egypt|El Salvador|Equatorial Guinea|Eritrea|Estonia',
  'Ethiopia|Faeroe Islands|Falkland Islands|Fiji|Finland|France|French Guiana|French Polynesia',
  'French Southern Territories|Gabon|Gambia|Georgia|Germany|Ghana|Gibraltar|Greece|Greenland',
  'Grenada|Guadeloupe|Guam|Guatemala|Guinea|Guinea Bissau|Guyana|Haiti|Heard and McDonald Islands',
  'Honduras|Hong Kong|Hungary|Iceland|India|Indonesia|Iran|Iraq|Ireland|Israel|Italy|Jamaica',
  'Japan|Jordan, Kenya|Kazakhstan|Kiribati|Kuwait|Kyrgyzstan|Laos|Latvia|Lebanon|Lesotho|Liberia',
  'Libya|Liechtenstein|Lithuania|Luxembourg|Macau|Macedonia|Madagascar|Malawi|Malaysia|Maldives',
  'Mali|Malta|Marshall Islands|Martinique|Mauritania|Mauritius|Mayotte|Mexico|Micronesia|Moldavia',
  'Monaco|Mongolia|Montserrat|Morocco|Mozambique|Myanmar|Namibia|Nauru|Nepal|Netherlands',
  'Netherlands Antilles|New Caledonia|New Zealand|Nicaragua|Niger|Nigeria|Niue|Norfolk Island',
  'North Korea|Northern Mariana Islands|Norway|Oman|Pakistan|Palau|Panama|Papua New Guinea',
  'Paraguay|Peru|Philippines|Pitcairn|Poland|Portugal|Puerto Rico|Qatar|Reunion|Romania|Russia',
  'Rwanda|San Marino|Saudi Arabia|Senegal, Seychelles|Sierra Leone|Slovakia|Slovenia|Somalia',
  'South Africa|South Georgia and South Sanwich|Spain|St Helena|St Kitts and Nevis|St Lucia',
  'St Pierre and Miquelon|St Tome and Principe|St Vincent and The Grenadines|Sudan|Suriname',
  'Svalbard|Swaziland|Sweden|Switzerland|Syria|Tanzania|Togo|Trinidad and Tobago|Tunisia|Turkey',
  'Turks and Caicos Islands|USA|Uganda|United Arab Emirates|United Kingdom|Uruguay|Vatican City',
  'Venezuela|Virgin|Western Sahara|Yemen|Yugoslavia|Zambia|Zimbabwe',
]

const GEOGRAPHIES: ReadonlySet<string> = new Set(
  [...REGIONS, ...AREAS, 'Jordan|Kenya|Senegal|Seychelles'].flatMap((line) => line.split('|')),
)
