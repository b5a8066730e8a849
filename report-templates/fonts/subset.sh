#!/bin/sh
# Makes the subsets in this folder, and ../font-face.css, from the Debian package fonts-inter 4.0~beta7.
# Needs: apt-get, dpkg, Python 3 with fonttools and brotli. Run it in an empty folder; it writes beside this script.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
apt-get download fonts-inter
dpkg -x fonts-inter_*.deb unpacked
source=unpacked/usr/share/fonts/opentype/inter

# For charts: Latin, Greek, Cyrillic, arrows, signs and the marker shapes.
chart="U+0020-007E,U+00A0-017F,U+0192,U+02C6,U+02DC,U+0370-03FF,U+0400-045F,U+2002-200A,U+202F,U+2010-2015,U+2018-201E,U+2020-2022,U+2026,U+2030,U+2032,U+2033,U+2039,U+203A,U+2044,U+2070-209F,U+20AC,U+2190-2199,U+2206,U+2211,U+2212,U+2215,U+221A,U+221E,U+2248,U+2260,U+2264,U+2265,U+25A0,U+25A1,U+25B2,U+25B3,U+25BC,U+25BD,U+25CB,U+25CF,U+2713,U+00D7,U+FFFD"
# For pages, where the reader's own fonts fill the gaps.
page="U+0020-007E,U+00A0-00FF,U+0394,U+03B1-03C9,U+2009,U+202F,U+2013,U+2014,U+2018-201D,U+2022,U+2026,U+2190-2193,U+2212,U+221E,U+2248,U+2264,U+2265,U+25A0,U+25A1,U+25B2,U+25B3,U+25BC,U+25BD,U+25CB,U+25CF,U+2713"

echo '/* Inter, Copyright 2016-2022 The Inter Project Authors, SIL Open Font License 1.1; made by fonts/subset.sh. */' > font-face.css
for face in Regular:400 SemiBold:600; do
    name=${face%:*}
    pyftsubset "$source/Inter-$name.otf" --unicodes="$chart" --no-hinting --desubroutinize --name-IDs='*' \
        --layout-features='kern,liga,tnum,mark,mkmk,ccmp,calt,case,zero' --output-file="$here/Inter-$name.otf"
    pyftsubset "$source/Inter-$name.otf" --unicodes="$page" --no-hinting --flavor=woff2 \
        --layout-features='kern,tnum,ccmp,mark,mkmk' --output-file="Inter-$name.woff2"
    printf '@font-face{font-family:"Inter";font-style:normal;font-weight:%s;font-display:swap;src:url(data:font/woff2;base64,%s) format("woff2")}\n' \
        "${face#*:}" "$(base64 -w0 "Inter-$name.woff2")" >> font-face.css
done
mv font-face.css "$here/../font-face.css"
