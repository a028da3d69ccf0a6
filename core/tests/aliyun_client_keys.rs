//! Client keys in the encryptions that no recorded vector has, made with OpenSSL 3.0 from a throwaway key.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use evercred_core::error::Code;
use evercred_core::providers::aliyun::client_key::ClientKey;
use evercred_core::secret::Secret;

/// The signature of the text `example`.
const SIGNATURE: &str = "\
    FaeBc5h7gJ/fMGlpxaBqQM+uk97zJukml+BuTMO53w3C1q/9L4Bk0spgr+dZpBenv81lbudpGLu7MR2zBRiMChFxrIlIlFajaY3h\
    hU58m1zM2ZsxxEtYF0vmQ8FndIO1xYnk1B2mBZdn2C9hSl40GdLEjxbf1Uk7uKPo58GX86wBJzkkvJtJg1zsFw5agGfTDTF299sN\
    nmYHN/oGp1SdaLyon1nNgL5nqHgLGn9B76m37sMysVEOslL1b9FGjfhSutE3tazGwT45Y/TALfAddCGia92wMrhu2jyVgWsnT57s\
    2o4wdmTFddV94RlWGftsqA4BuXDVFst1gZEfwe1r1w==";

const TWO_KEY_3DES: &str = "\
    MIIFbwIBAzCCBTUGCSqGSIb3DQEHAaCCBSYEggUiMIIFHjCCBRoGCSqGSIb3DQEHAaCCBQsEggUHMIIFAzCCBP8GCyqGSIb3DQEM\
    CgECoIIE7jCCBOowHAYKKoZIhvcNAQwBBDAOBAitWsHyfofPdQICCAAEggTIaPk1erdahdJzClwrL7L3LtJmwefgu54scJeG8JxK\
    OfH//cvXvbFjf5l6WR5MX0fxI61bl2O5GP1F1VEQoDhijCEq2TVRMWLi8ZEz4qW5XK5bnjnlxMPSJgWtvSZPNm/Z6sSkJgwP3wtE\
    lAoUqQuH5rIkr08sxUExkohu+uPUp6WMt78pRuMJV+qT0E9AnLe4qT52BTla++TJZ4wWdasDqbBt4RQ5mDMlhEXjz+AIhHuPxdzS\
    rEOTHYepBysJKoaAoCDCfdOaiU7mKiH1qwJBuYIQaxOnHkAGttkT+1Y8gttwOncqpRNh6JCBuU8l9I6OGHnxTFBQ5VYag68kc/1/\
    LMNbScLyKS32L92E4hqkJZKJHAtJ+dlljHZjZyiFYSMAff8nwQtHWlnyIyIRgD3I1irxqoY0SuHIEUbdgEgX1ixFkWRIZsiMTB67\
    GTUKV6SSloTkLXMEoWU9kSY7lDl1mvma4+xEmpX3vuWwNahTFBNlBCfHCw14dtBHgNe2kjDQz/viPIBZMNECwQp2ka6ZHr0Fs5vW\
    qrzDxTHV9Ak/TYb0+dPY9lJkw9voirJYZrfsiOX41HCE3FFGrp3HNIwBSzjw8j/bjZWaAo+UUydIdq4dYVco2MPCGi1s4G6mlWKg\
    boG/HXuGznBPJyHrrzMJg6Fr7blKrSuQ7jPPgX/ieXiEm0efNzeU+OOBvHPPqXV1ne7hiTLEchkT+FDIQAz0h1OQGy5EX/uE8Zlc\
    zOlYQd75OLUix6yU98cULzJ3T/6zbRiMYulSS2ZXkiuCb/CEyLW/UTQhrlpsNktIGlCjglM/yEnOuXRyTnVFtev5CGMuNg+Tpnjk\
    weqq9xBSHlSqAUtZtZZYgQLPP3aN5Y34S7nsqxc6MHQ/ysEecqKXf5OrKAnnnXqSA0Cng7aIXkV7vbBApb5pm8lDbXU6R4M6ReQr\
    ZWOMSNiFsheM/c9tHukx8INbTZldkK0+PLYuRxW0m5fMJWwdCcgSfMY5y4ONNbuPlxnshGt/mvg49xkKo4IOPy+kfuaiknEk96dx\
    lM44lpfqbQKL3g7PWrcPUi4ijsSt5k2gJSnTruVuYqTlRl9UjSuKYqa+r+AhlVObq2CiPy3NHq7l7FXeoK4GrT+NL47YPAeCZBlx\
    pkS5OmkakDBfrB5ZJpxb/JVGHRikSWRuytcUnJgYGz+SEuQ8JH36HLegjDHSYgqA+cRVVjCKSyMiDD3ZeOiOYSzGSTxAk3W3phkm\
    L73nJJpxvVWKtftQMLYyzm/cbMDCwvnWKIOs+pHF8+mE5ZA77B2TQu2zyajXmNI+OFOFPFrziuayPz8kpj2Kuv7wXQXx6EZnyF2B\
    u1tyAUSauhFAVIjdJvoKaeRl/2wdgppn1pC9dQWHxVzFlDP6SxXl9sbakmIlJMF6mLrR2N7G0Ex4oTwVoRMe1g1sK6oJYGM4ynWO\
    yC5eeDe9R/UvzhCfuA57GsH50tQLKOGJLomcYKASz8M+dLi2fTzdejGrACgkN1hqyTo3q57oValv4+tlkw588JwD0k0II70ghdDB\
    o1EGSt9qtU186ZLXcduq/5AfPWXeKFG8rqL9nXkiSPRudZUmNryNzGvz4IcVOCdVovMWKwVEv2nAEGFWvp+nHD9SijLaMDEwITAJ\
    BgUrDgMCGgUABBS+4xVXZhs+EkFZmLMohqiKJ2CETQQIfIKVnMhNm3cCAggA";

const RC2_40: &str = "\
    MIIFbwIBAzCCBTUGCSqGSIb3DQEHAaCCBSYEggUiMIIFHjCCBRoGCSqGSIb3DQEHAaCCBQsEggUHMIIFAzCCBP8GCyqGSIb3DQEM\
    CgECoIIE7jCCBOowHAYKKoZIhvcNAQwBBjAOBAhiIjH9Kg9JcwICCAAEggTItRrN4OfiuztQiIe/zLQ57IDZgZlj+gBHCJfxO4C0\
    ie5IL6yKuhMOtu9BHC3lgCRm2B4cb4T+e3MDC1chXjXIWQxZFkx17FQs5bSjNIRi38IU99vXs53YBZlfKt42AW7QnD34RdgpkwWR\
    9LNB5uttCaN275ToVzc4YOnDnNiK4JstwlsDgDS2ByoFAmlEbDd6cnLVvbTyJPsLd4sI8AixAg482ibFluPT4S2y6M/SUJrUukQl\
    yHjhAdrjHcF9s2TmeuJOgD98A0T9WARCmhJj0ixlMQ8h+39YBRBn0bGURYwZTsT3nt0YMQnceDBOUbonVAvkXkpgJaW/FnH9LGbu\
    wkEmkcGnAff+nmyZFoDiZS+APZm4Q2bRRMZo9CJcpavXwnzs9AHbS4im3EenWdw73E6noJA1tySK6k1d8p0KoIjFBkeI6CxtjhRX\
    U+TZ9Q9OgvzkwHP+avCpQO/UBIXKX0H3Xn5jg4f4Iw/b7MVrMFofU2CqHUKs5VkviOQQmGRd0Wn4MeKJtiFl/2lb9W8bD+uAeqmU\
    3dOA4hTAXdhBHCS8GZ2xeLDZ7g9v4fjmlSxwZnk6BINYRHN6Ac0xSuzjrT3wK/xjTZDNT8wpUIq09SRjY5y52X9OFytCE5wQJz6o\
    z1riRJVmUs+ocP1+akDkUhK5xqTIZzrdbyt4hr5/O+D7f35BtKneDN31qisOAtmXwx5APj70tNCSF9k/aG6SsLq+OlT//3X9JoaH\
    w86WwopkCTaHoNTfpNexl/DA4r0yrYAzofjcOfCKNR6ji5gjuuo8Dv1n//nizVgmLozAu+tpoPB+MmVfEmSWB1WreSfPT5ZQUzVL\
    HO45XPQ/W2EQ4S5kHvKq/FYvHA0Vi7VewCDD0PLP84E0y9DpcvgHJqMrMyGaj+FObvdG0VdcRNLFboMOjfbKYVb4CRQ8pMgcnLlB\
    RYtp0K04RpfOIXfPa37trCFtSt4tw1nQ/WYe6g6PvyKtwTHiQ5p9k+YAqP3kJU1vJ76pCu4Ii1Ains9J7CGHoE154D3t/BBt8nf9\
    wR3yAdkkmqf3wXUwsuB3m4eNmMli7GDq8wyZsjqGbLkQI+aYx4eFGBZ/dAnvp9lg5odgDGBjyewdvllkXrXRsw74Y3ZZaQHSi2pY\
    MV087URQZe7nZ3tgOzvvuyRJqxFyqpPyHwE3sxwNd9cBLRThHa4sDqgRo6etcDm197Oabs+Z9k67Nq10DDGWCb1PM/Ruq9L+jB18\
    clpb7Zsz91EEDzCOa9JgTeMbx+yWkT+oYgVZ+QopuUVlkWb25ceTL0Dl4RGHjvsmz/F2nRCsg4vbTobU9KHYRKAXv7Fj8Do+lzUl\
    5k6yZ/PNBlg24o9aLFgzDlA/JXj/0BWncnXPPNsr8wQWiQ/nYpshpskz07I0kr5GNam/ogt03VD+OYNh0TlAK3OcamWmyjQmVzhg\
    Xt/KgM1QaqDBf4HTQvWnNdbNJIYmFVyinb2gafbTSeWirvzjH84w8ZJGN6bDgUt6Qy11PNmVTVnLCHspZkO4mG4nyHvbuEImj6B+\
    A0LEMu21Z3b494UDBvrv+1Lb07wNc59Sy+JztZqBhum81Gtih+l1mqpV6rF0YaKtJCFYEK8zadhqUUNgqfxGF5OBhAtLMDEwITAJ\
    BgUrDgMCGgUABBRygDDNJXixjPfRM6PCPsy0rL8MLAQIuUdyTvPLeRgCAggA";

const AES_192_SHA_512: &str = "\
    MIIF4gIBAzCCBXgGCSqGSIb3DQEHAaCCBWkEggVlMIIFYTCCBV0GCSqGSIb3DQEHAaCCBU4EggVKMIIFRjCCBUIGCyqGSIb3DQEM\
    CgECoIIFMTCCBS0wVwYJKoZIhvcNAQUNMEowKQYJKoZIhvcNAQUMMBwECDy8bbjei4WfAgIIADAMBggqhkiG9w0CCQUAMB0GCWCG\
    SAFlAwQBFgQQdb9v87yOUBXI2iuAyzcdnwSCBNBTctSWBDmk4hwVMX6Np2EdPIgZeAP1t7Yg/588rG/kCJgYSrDq6eoh08p2T/Jd\
    8Q2kSwLOa068uu4v1mD+om/wP4SGJ2fcej3xQPhjZ81WpcaorKc5TDrcWrK8cKWzsZxX+XadGFd+goYJpSYgyo087WRg9Tq96Z8x\
    84J7sTQzgQH4QXeyrRIP2N2f0tz0523viYs3rREPpXeUOTpnUpxnOL0z6bySpBln4wz5IAFTCIUuYkNYvRhR4qpUzg8qZCqhuYsC\
    VeGDxEzfRygqib0I3AiuM4nOZa3B0nVKdj1JUDGqa3ZXgXCwgrq/8JfPAlc8eTjvuUoecptIi3L1hK1OuD9a9FrH9NkRpou/uzMR\
    KL4kjnRQ2Ux1vqeu32Lu5HbyfvDJ3kfpiG9Efk6oJWXp9iLESITWfUdF0qOTkoQIwbrM9vb3SlHDyR9M3slADMJbTRwsgrTWsaoJ\
    iWJcP8c2rRilblanJHzKYY8u1F9BKA/Sct305XjX7HcLOwes0zD3Nl0jXudGhL8BERKzqABadymQTZi0gZhz+3128DkSSd2RTqWl\
    TE7DV9NtoVMFvDdZN8mDk234TgHDn9zEYetFsiz9+R8+XQNtmMhDCHfDMY6L+7hUxFcCXNaob+7vzdab+JGOoe+o50WT0LF6vHi7\
    yPCDv2b2AjaTXnR59lYlT2OTSgbUnS/h3wqMXx2A0+3Hnl9rhZADCYR0EJvFWZy4QMlwPi3QDFQ7UNynlGkwW95Z8rUQW/BaxRhH\
    Wx2attKQwbSyRwbc2ja2/w6D5rA3Q8UzID3RHa/Z2kNjN0FsADbKlvnCzcouzwRjrW2mvwzIu8irTT9uFFXu3CZ1L8leRCGl6C0P\
    4w3rtayiNxD7WKXz/VOo6Uu0TkmOGxoEzKztYa+7uxtn9One/ZsW5Q1goiNSdho4qYQXOcdr2LlWnWHAbKlZAuvePwghorln2udV\
    z4vBLYlkSbi9Kgoav8YUIP1iq3POoaM+sz5FAABEvjVQfAmft6vF97T+SXEAwQSHeQoJzR03WlOvbpnU9c52JHFGnDexUiYsLD+I\
    Xoei6IO8AYzEIiyhPZKBd+i3EI4pLefYL7696uMklvU+W0NzSF15jzdTJPnfxZW8vTIHL66pv4akB5iHcz8KSv1FedKI8Ao1SQjO\
    KZUzmgVRg/CjKYFyRJz2ShCbIvSWZ6AY9xRcL/Z+m+ieIZNRE0iG96ppez3weAFqn4E9VOyC4z11ReG9iOPkYGu14G/0TDxeFOGE\
    euCtqgEucuDUZWHyrNl3H3cgPwDZnDW6x0IOLcnChW0rJLGq375BciJfdtVMuHAoXA5C2mWesRuEcByh1c5fta+FXVwjlU89HcQB\
    6N0rxZRDU30ngBZOWVuIMh6W5YxGeDlW3e+tSmFhuKQKdGgRPlssUUGJtaSXm/aaKpTV2ZsBKgGzUGQYIjaqYCW6Jh08/ETSfJx9\
    KXmlAlsUr8vQ9AbEWMet7qjlLPDZSGtW+XcyzOQqqWdc9xp4ztteQb9xq/OokZ4XY0NRREokp8Xtt356HOnIMzK8AXj3cUKAczAj\
    1Z6IsoKkt38kHRn1GthU2GDlzlvuGH239CiCc1VYJI0VI5xKujIWQVijCBg3urnTEs9B938oaeiY7dCnBDBhMFEwDQYJYIZIAWUD\
    BAIDBQAEQO6gyKMXMXxG4F9OVjIGNYAAo3ngpVm6XQHDoK9pJ+URga7+46JNdXRHiJIriXQPgQd6wHYcbPrKXVCJJhl41lIECNFb\
    AqyvOY5OAgIIAA==";

const PBES2_3DES: &str = "\
    MIIFwQIBAzCCBWcGCSqGSIb3DQEHAaCCBVgEggVUMIIFUDCCBUwGCSqGSIb3DQEHAaCCBT0EggU5MIIFNTCCBTEGCyqGSIb3DQEM\
    CgECoIIFIDCCBRwwTgYJKoZIhvcNAQUNMEEwKQYJKoZIhvcNAQUMMBwECGK8QcHZGaUzAgIIADAMBggqhkiG9w0CCQUAMBQGCCqG\
    SIb3DQMHBAgbCcTYsz18JwSCBMi1JMVsgzGYCO0umC6m0xjtuStm5u//5xRrWkeTQkxMvFWk1yRMVDDOz/mOJruAY5Se9LXWZf1t\
    9i65znSKOq1X15u9KfviLG0fB4Qgrs/Rhn2ULGn1i5gB38F6QT2xqxrwWY2CJZgU09sFVgOXhzfoIq3JSBofWsyhFxCOAJdbJNxi\
    n0qB1Au+R4w8IGLZo871WGOtCpC/rZSZiY3n1ZC9G0gnP/1cTswQfoq+C6EVNl2Epa4kxlvT9Xx04U6NwivVuVH6tiGJkiER5o2f\
    OVri7pTdK+Jp3JRCnhtbasUVqhgBu7HDR4SdbZhFei1bTCthPb8czdmYob6mQ7ewDYICA/j0Baw7+ldA5duEnS9uraNb5WrR2f/N\
    lMwkIYjLiKOFWTcNn1Lk/uy2jFq7Kzy5MPBZ9xsEAxcZoD5TGjQO0cliAmU7iHQ8GRkB3XosKsW7rESPdFcxtfrcCq4hXj1scA3q\
    HTMP/7hFHDVw15EqhqLHPGqK4v0jQqJ2y/bOAUSX3brC90MynttJuuoAx+ooqvEJJBLwD/jlAGPVtzQZlsRhw9Cg5kiBQoT6CZLK\
    ImdCW0mtkR8ZeJSOQTBOWOh4Bg39ZyhdEaXgS60+rmzxlvFm35UKqABpJYQgWyT5L2C/d9vQfYiDWWLns4s4MR61ZXhHBU24+W/s\
    XewHJ1u/Cg/ai79IvXwbf0WNXgWAMScRvcRJEoNWvUMEwg9qGoBOEnXvh32VHm2ZWX7Q8/oJebUm+vWzIaAVVW7FrdsbrBBxHm1s\
    Z9qWINsUJA6de2lcdAiSBviG0p7Dha4TEkkJMUBGq7Pameyeymz0fx1cHqS1NJDsDHNbHHb9G+11pllqukn4V0SHPWYWvYteetg4\
    jjpO2QC+MlHYNdFOrboCdxOgs69zX8yePJcrEg26odYU0Td0zS8UgDSI7zOPu2Ac9BLKjcH/QLoKnlz3xjCBt6HXinFxfXuWjPKw\
    OkMM8gtALIzu7421BDTUt0kBMenBbYfCieSujQl3y1fuyq0zLgDmeFx0eyw8cWxBush22hhKUSUJGq1v1wYeMnMiGGgwXfhcehMf\
    146Jb5Gk1bf6zNYoEQVGHnRRcIQsju3uavZxJkBDprswPSoM5usQr1PIPQ3vbEcYYV8ILlJjglf/PskvDT6E4kM5Jrxk+mqwVJmE\
    i9vxjFigfSnBy/zRc8Rb4SzYNnXGTMGjkke92CCkKEvg6LY7yy9WZsiYyE6E4rkjv37jPaDO7B89yRJumZrg+pqKEUzz+XKTEhI3\
    QTli6nE5YuVlbe7smR5WJ/zuVUTCByIOEIV9y3gSzsrYkT6zOiMXzZkdP3fBHDVBHcGkCBT/dhZBNHOmzvvvCbjND8mZELco4lpG\
    0rgI1PdDYMFztMKFmLlSs/yuX5L3mBKxxLn/+qTCSdbtFGE8T+5qMCUMBBiQFu6No1tSWLO8RGwsH/W7jE5Y6sODq+1AOMNSiKfq\
    mqdbP22MIT02+1TPntmSCGcsHC+nUwR0DC9Fd+nMfH//mM5tiuLMe+I8Vzspxum+gkboxp934bu7KqQQx/x7y8x8a73ZF8iRxGPV\
    /R/EoZPCehh0x1BrNbSAWoHAXOsLJIMKG1kzfy45bhxaRg+bNKGRR37MwsMwUTBBMA0GCWCGSAFlAwQCAgUABDBSe1VLdIsMr9we\
    Bzyy28L5mj6finrZdT4RATUSPypHJqjsJh60mKQzFmTNtxFreiUECAYz7kWwI+UYAgIIAA==";

fn open(data: &str, password: &str) -> evercred_core::error::Result<ClientKey> {
    let file = format!(r#"{{"KeyId":"EXAMPLE","PrivateKeyData":"{data}"}}"#);
    ClientKey::open(file.as_bytes(), &Secret::from_text(password))
}

#[test]
fn every_encryption_opens_with_its_password_only() {
    for (data, password) in [(TWO_KEY_3DES, "пароль"), (RC2_40, "pw"), (AES_192_SHA_512, ""), (PBES2_3DES, "pw")]
    {
        let key = open(data, password).unwrap();
        assert_eq!(STANDARD.encode(key.key().sign(b"example").unwrap()), SIGNATURE);
        assert_eq!(format!("{key:?}"), "ClientKey { key_id: \"EXAMPLE\", key: RsaKey(2048 bits) }");
        let error = open(data, "another").unwrap_err();
        assert_eq!(error.code(), Code::File);
        assert!(error.message().contains("password"));
    }
}
