/**
 * Program IDL in camelCase format in order to be used in JS/TS.
 *
 * Note that this is only a type helper and is not the actual IDL. The original
 * IDL can be found at `idl/authorizer.json`. Written by `npm run build:programs`.
 */
export type Authorizer = {
  "address": "Hqpt5cVHtbHV5fHVP9bhsy7iymxRiJMVhuNzNc4UFv5U",
  "metadata": {
    "name": "authorizer",
    "version": "0.1.0",
    "spec": "0.1.0",
    "description": "Who may act for whom: authorizations that a Psyche run's join authority grants"
  },
  "instructions": [
    {
      "name": "closeAuthorization",
      "docs": [
        "The grantor takes the authorization back for good."
      ],
      "discriminator": [
        173,
        140,
        88,
        202,
        182,
        111,
        77,
        138
      ],
      "accounts": [
        {
          "name": "grantor",
          "writable": true,
          "signer": true,
          "relations": [
            "authorization"
          ]
        },
        {
          "name": "grantee",
          "writable": true,
          "relations": [
            "authorization"
          ]
        },
        {
          "name": "authorization",
          "writable": true
        }
      ],
      "args": []
    },
    {
      "name": "createAuthorization",
      "docs": [
        "The grantor authorizes a grantee for a scope; active at once."
      ],
      "discriminator": [
        82,
        105,
        2,
        148,
        133,
        5,
        239,
        196
      ],
      "accounts": [
        {
          "name": "grantor",
          "writable": true,
          "signer": true
        },
        {
          "name": "authorization",
          "writable": true
        },
        {
          "name": "systemProgram",
          "address": "11111111111111111111111111111111"
        }
      ],
      "args": [
        {
          "name": "grantee",
          "type": "pubkey"
        },
        {
          "name": "scope",
          "type": "bytes"
        }
      ]
    },
    {
      "name": "setActive",
      "docs": [
        "The grantor suspends an authorization or makes it valid again."
      ],
      "discriminator": [
        29,
        16,
        225,
        132,
        38,
        216,
        206,
        33
      ],
      "accounts": [
        {
          "name": "grantor",
          "signer": true,
          "relations": [
            "authorization"
          ]
        },
        {
          "name": "authorization",
          "writable": true
        }
      ],
      "args": [
        {
          "name": "active",
          "type": "bool"
        }
      ]
    },
    {
      "name": "setDelegates",
      "docs": [
        "The grantee names the keys that may use the authorization in its stead; replaces those named before."
      ],
      "discriminator": [
        5,
        10,
        124,
        234,
        197,
        59,
        33,
        21
      ],
      "accounts": [
        {
          "name": "grantee",
          "docs": [
            "Pays the rent of what the list grows by, and gets that of what it shrinks by."
          ],
          "writable": true,
          "signer": true,
          "relations": [
            "authorization"
          ]
        },
        {
          "name": "authorization",
          "writable": true
        },
        {
          "name": "systemProgram",
          "address": "11111111111111111111111111111111"
        }
      ],
      "args": [
        {
          "name": "delegates",
          "type": {
            "vec": "pubkey"
          }
        }
      ]
    }
  ],
  "accounts": [
    {
      "name": "authorization",
      "discriminator": [
        3,
        68,
        168,
        243,
        195,
        168,
        32,
        75
      ]
    }
  ],
  "types": [
    {
      "name": "authorization",
      "docs": [
        "PDA `[\"authorization\", grantor, grantee, scope]`. The keys come first, so that accounts can be filtered by them."
      ],
      "type": {
        "kind": "struct",
        "fields": [
          {
            "name": "version",
            "type": "u8"
          },
          {
            "name": "bump",
            "type": "u8"
          },
          {
            "name": "grantor",
            "docs": [
              "Who authorizes."
            ],
            "type": "pubkey"
          },
          {
            "name": "grantee",
            "docs": [
              "Who is authorized."
            ],
            "type": "pubkey"
          },
          {
            "name": "active",
            "docs": [
              "Not suspended by the grantor."
            ],
            "type": "bool"
          },
          {
            "name": "scope",
            "docs": [
              "What for, 1 to 32 bytes."
            ],
            "type": "bytes"
          },
          {
            "name": "delegates",
            "docs": [
              "Keys that the grantee lets use it, such as those of its machines; at most 16."
            ],
            "type": {
              "vec": "pubkey"
            }
          }
        ]
      }
    },
    {
      "name": "authorizationActiveSet",
      "type": {
        "kind": "struct",
        "fields": [
          {
            "name": "authorization",
            "type": "pubkey"
          },
          {
            "name": "active",
            "type": "bool"
          }
        ]
      }
    },
    {
      "name": "authorizationClosed",
      "type": {
        "kind": "struct",
        "fields": [
          {
            "name": "authorization",
            "type": "pubkey"
          },
          {
            "name": "grantor",
            "type": "pubkey"
          },
          {
            "name": "grantee",
            "type": "pubkey"
          }
        ]
      }
    },
    {
      "name": "authorizationCreated",
      "type": {
        "kind": "struct",
        "fields": [
          {
            "name": "authorization",
            "type": "pubkey"
          },
          {
            "name": "grantor",
            "type": "pubkey"
          },
          {
            "name": "grantee",
            "type": "pubkey"
          },
          {
            "name": "scope",
            "type": "bytes"
          }
        ]
      }
    },
    {
      "name": "delegatesSet",
      "type": {
        "kind": "struct",
        "fields": [
          {
            "name": "authorization",
            "type": "pubkey"
          },
          {
            "name": "delegates",
            "type": {
              "vec": "pubkey"
            }
          }
        ]
      }
    }
  ],
  "constants": [
    {
      "name": "authorizationSeed",
      "type": "bytes",
      "value": "[97, 117, 116, 104, 111, 114, 105, 122, 97, 116, 105, 111, 110]"
    },
    {
      "name": "joinScope",
      "docs": [
        "Scope of joining every run whose join authority is the grantor. For a single run the scope is its address."
      ],
      "type": "bytes",
      "value": "[112, 115, 121, 99, 104, 101, 45, 106, 111, 105, 110]"
    },
    {
      "name": "maxDelegates",
      "docs": [
        "Keys that may use an authorization in the grantee's stead."
      ],
      "type": "u8",
      "value": "16"
    },
    {
      "name": "scopeMax",
      "docs": [
        "Bytes of a scope."
      ],
      "type": "u8",
      "value": "32"
    }
  ],
  "events": [
    {
      "name": "authorizationActiveSet",
      "discriminator": [
        133,
        88,
        245,
        166,
        223,
        63,
        54,
        63
      ]
    },
    {
      "name": "authorizationClosed",
      "discriminator": [
        104,
        214,
        134,
        81,
        197,
        27,
        60,
        182
      ]
    },
    {
      "name": "authorizationCreated",
      "discriminator": [
        93,
        74,
        226,
        175,
        139,
        126,
        224,
        218
      ]
    },
    {
      "name": "delegatesSet",
      "discriminator": [
        39,
        215,
        5,
        237,
        84,
        95,
        151,
        181
      ]
    }
  ],
  "errors": [
    {
      "code": 6000,
      "name": "notGrantor",
      "msg": "Only the grantor can do this: sign with the key that created the authorization"
    },
    {
      "code": 6001,
      "name": "notGrantee",
      "msg": "Only the grantee can do this: sign with the key that was authorized"
    },
    {
      "code": 6002,
      "name": "invalidGrantee",
      "msg": "The grantee can't be the default public key: name the key that is to be authorized"
    },
    {
      "code": 6003,
      "name": "invalidScope",
      "msg": "A scope is 1 to 32 bytes: \\psyche-join\\ for all runs of the grantor, or the address of one run"
    },
    {
      "code": 6004,
      "name": "invalidDelegates",
      "msg": "At most 16 delegates, each named once, and none of them the default public key"
    },
    {
      "code": 6005,
      "name": "nothingToChange",
      "msg": "The authorization is in that state already: nothing to do"
    }
  ]
};
