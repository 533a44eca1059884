/**
 * Program IDL in camelCase format in order to be used in JS/TS.
 *
 * Note that this is only a type helper and is not the actual IDL. The original
 * IDL can be found at `idl/coordinator.json`. Written by `npm run build:programs`.
 */
export type Coordinator = {
  "address": "3bxczeuTLkBKTpVSrPbUDGNcUfRc5K2xczdGL2Y2ySpA",
  "metadata": {
    "name": "coordinator",
    "version": "0.1.0",
    "spec": "0.1.0",
    "description": "The state machine of a Psyche run: members, rounds, votes, points"
  },
  "instructions": [
    {
      "name": "checkpoint",
      "docs": [
        "An elected member says where the parameters with the agreed hash can be had."
      ],
      "discriminator": [
        213,
        200,
        19,
        204,
        240,
        143,
        184,
        252
      ],
      "accounts": [
        {
          "name": "node",
          "signer": true
        },
        {
          "name": "run",
          "writable": true
        }
      ],
      "args": [
        {
          "name": "epoch",
          "type": "u32"
        },
        {
          "name": "hash",
          "type": {
            "array": [
              "u8",
              32
            ]
          }
        },
        {
          "name": "location",
          "type": "string"
        }
      ]
    },
    {
      "name": "closeMember",
      "docs": [
        "Closes a member's account after the run's end; rent and deposit go to the node. After 90 days for anyone to send."
      ],
      "discriminator": [
        221,
        98,
        181,
        59,
        120,
        117,
        20,
        22
      ],
      "accounts": [
        {
          "name": "node",
          "writable": true,
          "relations": [
            "member"
          ]
        },
        {
          "name": "payout",
          "relations": [
            "member"
          ]
        },
        {
          "name": "run",
          "writable": true,
          "relations": [
            "member"
          ]
        },
        {
          "name": "member",
          "writable": true
        }
      ],
      "args": []
    },
    {
      "name": "closeRun",
      "docs": [
        "Closes the run's accounts after its end, when all members' accounts are closed."
      ],
      "discriminator": [
        31,
        61,
        130,
        76,
        74,
        147,
        171,
        204
      ],
      "accounts": [
        {
          "name": "authority",
          "writable": true,
          "signer": true,
          "relations": [
            "run"
          ]
        },
        {
          "name": "run",
          "writable": true,
          "relations": [
            "instance",
            "manifest"
          ]
        },
        {
          "name": "instance",
          "docs": [
            "Stays, so that the id and with it the run's address can't be used again: what a treasury has paid in this run",
            "would count for the new one."
          ]
        },
        {
          "name": "manifest",
          "writable": true
        }
      ],
      "args": []
    },
    {
      "name": "convict",
      "docs": [
        "Anyone convicts a trainer of having signed two commitments for one round; the proof is checked by the ed25519",
        "program's instruction right before this one."
      ],
      "discriminator": [
        117,
        144,
        138,
        148,
        81,
        135,
        67,
        230
      ],
      "accounts": [
        {
          "name": "prover",
          "docs": [
            "Whoever brings the proof; gets half of the deposit."
          ],
          "writable": true,
          "signer": true
        },
        {
          "name": "run",
          "writable": true,
          "relations": [
            "member"
          ]
        },
        {
          "name": "member",
          "docs": [
            "Of the convicted."
          ],
          "writable": true
        },
        {
          "name": "treasury",
          "writable": true
        },
        {
          "name": "instructions",
          "address": "Sysvar1nstructions1111111111111111111111111"
        }
      ],
      "args": []
    },
    {
      "name": "cooldownWitness",
      "docs": [
        "A member votes for the hash of the parameters at the epoch's end."
      ],
      "discriminator": [
        118,
        224,
        55,
        220,
        99,
        250,
        55,
        19
      ],
      "accounts": [
        {
          "name": "node",
          "signer": true
        },
        {
          "name": "run",
          "writable": true
        }
      ],
      "args": [
        {
          "name": "epoch",
          "type": "u32"
        },
        {
          "name": "hash",
          "type": {
            "array": [
              "u8",
              32
            ]
          }
        }
      ]
    },
    {
      "name": "createRun",
      "docs": [
        "Creates a run in `Uninitialized`. The `run` account comes from `SystemProgram.createAccountWithSeed`",
        "(base: authority, seed: run id) in the same transaction."
      ],
      "discriminator": [
        195,
        241,
        245,
        139,
        101,
        109,
        209,
        237
      ],
      "accounts": [
        {
          "name": "authority",
          "writable": true,
          "signer": true
        },
        {
          "name": "run",
          "writable": true
        },
        {
          "name": "instance",
          "writable": true
        },
        {
          "name": "manifest",
          "writable": true,
          "pda": {
            "seeds": [
              {
                "kind": "const",
                "value": [
                  109,
                  97,
                  110,
                  105,
                  102,
                  101,
                  115,
                  116
                ]
              },
              {
                "kind": "account",
                "path": "run"
              }
            ]
          }
        },
        {
          "name": "systemProgram",
          "address": "11111111111111111111111111111111"
        }
      ],
      "args": [
        {
          "name": "runId",
          "type": "string"
        },
        {
          "name": "config",
          "type": {
            "defined": {
              "name": "configArgs"
            }
          }
        },
        {
          "name": "clientVersion",
          "type": "string"
        },
        {
          "name": "treasury",
          "type": "pubkey"
        },
        {
          "name": "joinAuthority",
          "type": "pubkey"
        }
      ]
    },
    {
      "name": "finish",
      "docs": [
        "Ends a run that was paused for 30 days, or never began."
      ],
      "discriminator": [
        67,
        74,
        170,
        132,
        125,
        233,
        182,
        37
      ],
      "accounts": [
        {
          "name": "authority",
          "signer": true,
          "relations": [
            "run"
          ]
        },
        {
          "name": "run",
          "writable": true
        }
      ],
      "args": []
    },
    {
      "name": "healthCheck",
      "docs": [
        "Anyone drops a member whose work is missing from a closed round."
      ],
      "discriminator": [
        115,
        90,
        99,
        168,
        138,
        18,
        157,
        131
      ],
      "accounts": [
        {
          "name": "run",
          "writable": true
        }
      ],
      "args": [
        {
          "name": "epoch",
          "type": "u32"
        },
        {
          "name": "round",
          "type": "u32"
        },
        {
          "name": "memberIndex",
          "type": "u16"
        }
      ]
    },
    {
      "name": "joinRun",
      "docs": [
        "Puts the node on the list for the next epoch, and pays its deposit."
      ],
      "discriminator": [
        72,
        160,
        125,
        102,
        106,
        134,
        246,
        75
      ],
      "accounts": [
        {
          "name": "node",
          "writable": true,
          "signer": true
        },
        {
          "name": "run",
          "writable": true
        },
        {
          "name": "member",
          "writable": true,
          "pda": {
            "seeds": [
              {
                "kind": "const",
                "value": [
                  109,
                  101,
                  109,
                  98,
                  101,
                  114
                ]
              },
              {
                "kind": "account",
                "path": "run"
              },
              {
                "kind": "account",
                "path": "node"
              }
            ]
          }
        },
        {
          "name": "authorization",
          "docs": [
            "The node's, or one that names it as a delegate; only where the run has a join authority."
          ],
          "optional": true
        },
        {
          "name": "systemProgram",
          "address": "11111111111111111111111111111111"
        }
      ],
      "args": [
        {
          "name": "payout",
          "type": "pubkey"
        },
        {
          "name": "capacity",
          "type": "u8"
        },
        {
          "name": "address",
          "type": {
            "defined": {
              "name": "networkAddress"
            }
          }
        },
        {
          "name": "clientVersion",
          "type": "string"
        }
      ]
    },
    {
      "name": "leaveRun",
      "docs": [
        "Takes the node off the list and returns its deposit; closes its account if it has no points."
      ],
      "discriminator": [
        237,
        240,
        23,
        171,
        72,
        58,
        82,
        243
      ],
      "accounts": [
        {
          "name": "node",
          "writable": true,
          "signer": true,
          "relations": [
            "member"
          ]
        },
        {
          "name": "run",
          "writable": true,
          "relations": [
            "member"
          ]
        },
        {
          "name": "member",
          "writable": true
        }
      ],
      "args": []
    },
    {
      "name": "pause",
      "docs": [
        "Pauses at once while waiting for members, else after the epoch's Cooldown."
      ],
      "discriminator": [
        211,
        22,
        221,
        251,
        74,
        121,
        193,
        47
      ],
      "accounts": [
        {
          "name": "authority",
          "signer": true,
          "relations": [
            "run"
          ]
        },
        {
          "name": "run",
          "writable": true
        }
      ],
      "args": []
    },
    {
      "name": "pinSeed",
      "docs": [
        "Fixes the armed seed from the slot hashes."
      ],
      "discriminator": [
        16,
        194,
        3,
        14,
        106,
        241,
        161,
        71
      ],
      "accounts": [
        {
          "name": "run",
          "writable": true
        },
        {
          "name": "slotHashes",
          "address": "SysvarS1otHashes111111111111111111111111111"
        }
      ],
      "args": []
    },
    {
      "name": "resume",
      "docs": [
        "Opens a new or paused run to members. Signed by the treasury if there is one, else by the authority."
      ],
      "discriminator": [
        1,
        166,
        51,
        170,
        127,
        32,
        141,
        206
      ],
      "accounts": [
        {
          "name": "signer",
          "docs": [
            "The run's treasury if it has one, else its authority."
          ],
          "signer": true
        },
        {
          "name": "run",
          "writable": true
        }
      ],
      "args": []
    },
    {
      "name": "sealManifest",
      "docs": [
        "Fixes the manifest's length and checks its sha256."
      ],
      "discriminator": [
        231,
        9,
        130,
        138,
        225,
        67,
        241,
        223
      ],
      "accounts": [
        {
          "name": "authority",
          "signer": true,
          "relations": [
            "run"
          ]
        },
        {
          "name": "run",
          "writable": true,
          "relations": [
            "manifest"
          ]
        },
        {
          "name": "manifest",
          "writable": true
        }
      ],
      "args": [
        {
          "name": "length",
          "type": "u16"
        },
        {
          "name": "hash",
          "type": {
            "array": [
              "u8",
              32
            ]
          }
        }
      ]
    },
    {
      "name": "setExchangeRate",
      "docs": [
        "The treasury sets what a point is worth from the next epoch on: `num / den` base units of its collateral."
      ],
      "discriminator": [
        174,
        65,
        205,
        238,
        110,
        112,
        152,
        178
      ],
      "accounts": [
        {
          "name": "treasury",
          "signer": true,
          "relations": [
            "run"
          ]
        },
        {
          "name": "run",
          "writable": true
        }
      ],
      "args": [
        {
          "name": "num",
          "type": "u64"
        },
        {
          "name": "den",
          "type": "u64"
        }
      ]
    },
    {
      "name": "setJoinAuthority",
      "docs": [
        "Names whose authorization joining takes (default: none, anyone may join), between epochs only."
      ],
      "discriminator": [
        5,
        217,
        163,
        240,
        141,
        254,
        146,
        212
      ],
      "accounts": [
        {
          "name": "authority",
          "signer": true,
          "relations": [
            "run"
          ]
        },
        {
          "name": "run",
          "writable": true
        }
      ],
      "args": [
        {
          "name": "joinAuthority",
          "type": "pubkey"
        }
      ]
    },
    {
      "name": "settle",
      "docs": [
        "Anyone moves the epoch's points to the members' own accounts: one `Member` account per index."
      ],
      "discriminator": [
        175,
        42,
        185,
        87,
        144,
        131,
        102,
        212
      ],
      "accounts": [
        {
          "name": "run",
          "writable": true
        }
      ],
      "args": [
        {
          "name": "epoch",
          "type": "u32"
        },
        {
          "name": "indices",
          "type": "bytes"
        }
      ]
    },
    {
      "name": "tick",
      "docs": [
        "Moves the run on, if its time or condition has come."
      ],
      "discriminator": [
        92,
        79,
        44,
        8,
        101,
        80,
        63,
        15
      ],
      "accounts": [
        {
          "name": "run",
          "writable": true
        }
      ],
      "args": []
    },
    {
      "name": "updateClientVersion",
      "docs": [
        "Replaces the client version that joining members must have, between epochs only."
      ],
      "discriminator": [
        193,
        21,
        46,
        60,
        51,
        2,
        13,
        251
      ],
      "accounts": [
        {
          "name": "authority",
          "signer": true,
          "relations": [
            "run"
          ]
        },
        {
          "name": "run",
          "writable": true
        }
      ],
      "args": [
        {
          "name": "clientVersion",
          "type": "string"
        }
      ]
    },
    {
      "name": "updateConfig",
      "docs": [
        "Replaces the settings, between epochs only."
      ],
      "discriminator": [
        29,
        158,
        252,
        191,
        10,
        83,
        219,
        99
      ],
      "accounts": [
        {
          "name": "authority",
          "signer": true,
          "relations": [
            "run"
          ]
        },
        {
          "name": "run",
          "writable": true
        }
      ],
      "args": [
        {
          "name": "config",
          "type": {
            "defined": {
              "name": "configArgs"
            }
          }
        }
      ]
    },
    {
      "name": "warmupWitness",
      "docs": [
        "A member says that it has the parameters and is ready."
      ],
      "discriminator": [
        211,
        232,
        122,
        232,
        63,
        22,
        55,
        94
      ],
      "accounts": [
        {
          "name": "node",
          "signer": true
        },
        {
          "name": "run",
          "writable": true
        }
      ],
      "args": [
        {
          "name": "epoch",
          "type": "u32"
        }
      ]
    },
    {
      "name": "witness",
      "docs": [
        "An elected witness votes for an accepted list."
      ],
      "discriminator": [
        213,
        244,
        149,
        25,
        142,
        223,
        21,
        39
      ],
      "accounts": [
        {
          "name": "node",
          "signer": true
        },
        {
          "name": "run",
          "writable": true
        }
      ],
      "args": [
        {
          "name": "args",
          "type": {
            "defined": {
              "name": "witnessArgs"
            }
          }
        }
      ]
    },
    {
      "name": "writeManifest",
      "docs": [
        "Writes a part of the manifest; what was sealed before has to be sealed again."
      ],
      "discriminator": [
        107,
        171,
        183,
        75,
        226,
        189,
        184,
        109
      ],
      "accounts": [
        {
          "name": "authority",
          "signer": true,
          "relations": [
            "run"
          ]
        },
        {
          "name": "run",
          "writable": true,
          "relations": [
            "manifest"
          ]
        },
        {
          "name": "manifest",
          "writable": true
        }
      ],
      "args": [
        {
          "name": "offset",
          "type": "u16"
        },
        {
          "name": "bytes",
          "type": "bytes"
        }
      ]
    }
  ],
  "accounts": [
    {
      "name": "manifest",
      "discriminator": [
        139,
        55,
        191,
        180,
        10,
        101,
        100,
        40
      ]
    },
    {
      "name": "member",
      "discriminator": [
        54,
        19,
        162,
        21,
        29,
        166,
        17,
        198
      ]
    },
    {
      "name": "run",
      "discriminator": [
        199,
        54,
        155,
        86,
        235,
        115,
        246,
        189
      ]
    },
    {
      "name": "runInstance",
      "discriminator": [
        156,
        203,
        255,
        72,
        39,
        87,
        186,
        15
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
      "name": "checkpointPosted",
      "type": {
        "kind": "struct",
        "fields": [
          {
            "name": "run",
            "type": "pubkey"
          },
          {
            "name": "epoch",
            "type": "u32"
          },
          {
            "name": "node",
            "type": "pubkey"
          },
          {
            "name": "hash",
            "type": {
              "array": [
                "u8",
                32
              ]
            }
          },
          {
            "name": "location",
            "type": "string"
          }
        ]
      }
    },
    {
      "name": "clientVersionChanged",
      "type": {
        "kind": "struct",
        "fields": [
          {
            "name": "run",
            "type": "pubkey"
          },
          {
            "name": "clientVersion",
            "type": "string"
          }
        ]
      }
    },
    {
      "name": "config",
      "docs": [
        "Settings as stored in `Run`: `ConfigArgs`, and its times in slots."
      ],
      "serialization": "bytemuck",
      "repr": {
        "kind": "c"
      },
      "type": {
        "kind": "struct",
        "fields": [
          {
            "name": "warmupSlots",
            "type": "u64"
          },
          {
            "name": "cooldownSlots",
            "type": "u64"
          },
          {
            "name": "maxRoundTrainSlots",
            "type": "u64"
          },
          {
            "name": "roundWitnessSlots",
            "type": "u64"
          },
          {
            "name": "epochSlots",
            "type": "u64"
          },
          {
            "name": "waitingForMembersExtraSlots",
            "type": "u64"
          },
          {
            "name": "globalBatchSizeWarmupTokens",
            "type": "u64"
          },
          {
            "name": "pointsPerStep",
            "type": "u64"
          },
          {
            "name": "joinDeposit",
            "type": "u64"
          },
          {
            "name": "warmupTime",
            "type": "u32"
          },
          {
            "name": "cooldownTime",
            "type": "u32"
          },
          {
            "name": "maxRoundTrainTime",
            "type": "u32"
          },
          {
            "name": "roundWitnessTime",
            "type": "u32"
          },
          {
            "name": "epochTime",
            "type": "u32"
          },
          {
            "name": "waitingForMembersExtraTime",
            "type": "u32"
          },
          {
            "name": "slotMs",
            "type": "u32"
          },
          {
            "name": "totalSteps",
            "type": "u32"
          },
          {
            "name": "globalBatchSizeStart",
            "type": "u32"
          },
          {
            "name": "globalBatchSizeEnd",
            "type": "u32"
          },
          {
            "name": "sequenceLength",
            "type": "u32"
          },
          {
            "name": "initMinClients",
            "type": "u16"
          },
          {
            "name": "minClients",
            "type": "u16"
          },
          {
            "name": "witnessNodes",
            "type": "u16"
          },
          {
            "name": "witnessPermille",
            "type": "u16"
          },
          {
            "name": "verificationPercent",
            "type": "u8"
          },
          {
            "name": "reserved",
            "type": {
              "array": [
                "u8",
                3
              ]
            }
          }
        ]
      }
    },
    {
      "name": "configArgs",
      "docs": [
        "Settings as given to `create_run` and `update_config`. Times in seconds."
      ],
      "type": {
        "kind": "struct",
        "fields": [
          {
            "name": "warmupTime",
            "type": "u32"
          },
          {
            "name": "cooldownTime",
            "type": "u32"
          },
          {
            "name": "maxRoundTrainTime",
            "type": "u32"
          },
          {
            "name": "roundWitnessTime",
            "type": "u32"
          },
          {
            "name": "epochTime",
            "type": "u32"
          },
          {
            "name": "waitingForMembersExtraTime",
            "type": "u32"
          },
          {
            "name": "slotMs",
            "docs": [
              "Milliseconds of a slot; times are kept in slots, so that a halted chain stops the clock."
            ],
            "type": "u32"
          },
          {
            "name": "initMinClients",
            "docs": [
              "Members needed for the first epoch."
            ],
            "type": "u16"
          },
          {
            "name": "minClients",
            "docs": [
              "Members needed for every other epoch, and to go on."
            ],
            "type": "u16"
          },
          {
            "name": "witnessNodes",
            "docs": [
              "Witnesses of a round; 0: all, at most 32."
            ],
            "type": "u16"
          },
          {
            "name": "totalSteps",
            "type": "u32"
          },
          {
            "name": "globalBatchSizeStart",
            "type": "u32"
          },
          {
            "name": "globalBatchSizeEnd",
            "type": "u32"
          },
          {
            "name": "globalBatchSizeWarmupTokens",
            "docs": [
              "Tokens over which the global batch grows from start to end."
            ],
            "type": "u64"
          },
          {
            "name": "sequenceLength",
            "docs": [
              "Tokens of a sequence."
            ],
            "type": "u32"
          },
          {
            "name": "pointsPerStep",
            "type": "u64"
          },
          {
            "name": "witnessPermille",
            "docs": [
              "Part of the points that goes to witnesses, in thousandths."
            ],
            "type": "u16"
          },
          {
            "name": "joinDeposit",
            "docs": [
              "Lamports a member deposits."
            ],
            "type": "u64"
          },
          {
            "name": "verificationPercent",
            "docs": [
              "0 until verifiers exist."
            ],
            "type": "u8"
          }
        ]
      }
    },
    {
      "name": "configChanged",
      "type": {
        "kind": "struct",
        "fields": [
          {
            "name": "run",
            "type": "pubkey"
          }
        ]
      }
    },
    {
      "name": "cooldownVoted",
      "type": {
        "kind": "struct",
        "fields": [
          {
            "name": "run",
            "type": "pubkey"
          },
          {
            "name": "epoch",
            "type": "u32"
          },
          {
            "name": "node",
            "type": "pubkey"
          },
          {
            "name": "hash",
            "type": {
              "array": [
                "u8",
                32
              ]
            }
          }
        ]
      }
    },
    {
      "name": "epochHashAgreed",
      "type": {
        "kind": "struct",
        "fields": [
          {
            "name": "run",
            "type": "pubkey"
          },
          {
            "name": "epoch",
            "type": "u32"
          },
          {
            "name": "hash",
            "type": {
              "array": [
                "u8",
                32
              ]
            }
          }
        ]
      }
    },
    {
      "name": "eval",
      "docs": [
        "Result of an evaluation."
      ],
      "type": {
        "kind": "struct",
        "fields": [
          {
            "name": "name",
            "docs": [
              "ASCII, padded with zeros."
            ],
            "type": {
              "array": [
                "u8",
                8
              ]
            }
          },
          {
            "name": "value",
            "type": "f32"
          }
        ]
      }
    },
    {
      "name": "joinAuthorityChanged",
      "type": {
        "kind": "struct",
        "fields": [
          {
            "name": "run",
            "type": "pubkey"
          },
          {
            "name": "joinAuthority",
            "docs": [
              "Default: anyone may join."
            ],
            "type": "pubkey"
          }
        ]
      }
    },
    {
      "name": "manifest",
      "docs": [
        "PDA `[\"manifest\", run]`."
      ],
      "serialization": "bytemuck",
      "repr": {
        "kind": "c"
      },
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
            "name": "sealed",
            "docs": [
              "The length is final and its hash is in the run."
            ],
            "type": "u8"
          },
          {
            "name": "reserved",
            "type": "u8"
          },
          {
            "name": "length",
            "docs": [
              "Bytes of `data` that count, once sealed."
            ],
            "type": "u16"
          },
          {
            "name": "run",
            "type": "pubkey"
          },
          {
            "name": "data",
            "type": {
              "array": [
                "u8",
                4096
              ]
            }
          }
        ]
      }
    },
    {
      "name": "manifestSealed",
      "type": {
        "kind": "struct",
        "fields": [
          {
            "name": "run",
            "type": "pubkey"
          },
          {
            "name": "hash",
            "type": {
              "array": [
                "u8",
                32
              ]
            }
          },
          {
            "name": "length",
            "type": "u16"
          }
        ]
      }
    },
    {
      "name": "member",
      "docs": [
        "PDA `[\"member\", run, node]`."
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
            "name": "run",
            "type": "pubkey"
          },
          {
            "name": "node",
            "docs": [
              "The key that runs on the machine and signs."
            ],
            "type": "pubkey"
          },
          {
            "name": "payout",
            "docs": [
              "The key that alone can claim; fixed by the first join."
            ],
            "type": "pubkey"
          },
          {
            "name": "addressKind",
            "docs": [
              "0 none, 1 multiaddr, 2 through another member."
            ],
            "type": "u8"
          },
          {
            "name": "addressLen",
            "type": "u8"
          },
          {
            "name": "address",
            "docs": [
              "Packed multiaddr without `/p2p`, or a member index (u16, little-endian)."
            ],
            "type": {
              "array": [
                "u8",
                48
              ]
            }
          },
          {
            "name": "capacity",
            "docs": [
              "Declared capacity, 1 to 8."
            ],
            "type": "u8"
          },
          {
            "name": "deposit",
            "docs": [
              "Lamports held in this account beyond its rent."
            ],
            "type": "u64"
          },
          {
            "name": "points",
            "docs": [
              "Points settled over all epochs."
            ],
            "type": "u64"
          },
          {
            "name": "owed",
            "docs": [
              "Base units of collateral owed over all epochs, Q64.64."
            ],
            "type": "u128"
          },
          {
            "name": "slashed",
            "docs": [
              "Points taken away by convictions."
            ],
            "type": "u64"
          },
          {
            "name": "vestedPoints",
            "docs": [
              "Points of the last settlement: a conviction in the same epoch takes them back."
            ],
            "type": "u64"
          },
          {
            "name": "vestedEpoch",
            "docs": [
              "Epoch of the last settlement. What it brought can be claimed when that epoch's Cooldown is over."
            ],
            "type": "u32"
          },
          {
            "name": "joinedEpoch",
            "docs": [
              "Epoch of the last join."
            ],
            "type": "u32"
          }
        ]
      }
    },
    {
      "name": "memberClosed",
      "type": {
        "kind": "struct",
        "fields": [
          {
            "name": "run",
            "type": "pubkey"
          },
          {
            "name": "node",
            "type": "pubkey"
          }
        ]
      }
    },
    {
      "name": "memberConvicted",
      "docs": [
        "A trainer that signed two commitments for one round."
      ],
      "type": {
        "kind": "struct",
        "fields": [
          {
            "name": "run",
            "type": "pubkey"
          },
          {
            "name": "epoch",
            "type": "u32"
          },
          {
            "name": "round",
            "type": "u32"
          },
          {
            "name": "node",
            "type": "pubkey"
          },
          {
            "name": "prover",
            "type": "pubkey"
          },
          {
            "name": "points",
            "docs": [
              "What it had earned in this epoch."
            ],
            "type": "u64"
          },
          {
            "name": "toProver",
            "docs": [
              "Lamports of its deposit that the prover got."
            ],
            "type": "u64"
          },
          {
            "name": "toTreasury",
            "docs": [
              "Lamports of its deposit that the treasury got, or the run where there is none."
            ],
            "type": "u64"
          }
        ]
      }
    },
    {
      "name": "memberDropped",
      "type": {
        "kind": "struct",
        "fields": [
          {
            "name": "run",
            "type": "pubkey"
          },
          {
            "name": "epoch",
            "type": "u32"
          },
          {
            "name": "round",
            "type": "u32"
          },
          {
            "name": "node",
            "type": "pubkey"
          },
          {
            "name": "reason",
            "docs": [
              "`drop_reason`."
            ],
            "type": "u8"
          }
        ]
      }
    },
    {
      "name": "memberJoined",
      "type": {
        "kind": "struct",
        "fields": [
          {
            "name": "run",
            "type": "pubkey"
          },
          {
            "name": "node",
            "type": "pubkey"
          },
          {
            "name": "payout",
            "type": "pubkey"
          },
          {
            "name": "capacity",
            "type": "u8"
          }
        ]
      }
    },
    {
      "name": "memberLeft",
      "type": {
        "kind": "struct",
        "fields": [
          {
            "name": "run",
            "type": "pubkey"
          },
          {
            "name": "node",
            "type": "pubkey"
          },
          {
            "name": "deposit",
            "docs": [
              "Lamports returned."
            ],
            "type": "u64"
          }
        ]
      }
    },
    {
      "name": "memberWarm",
      "type": {
        "kind": "struct",
        "fields": [
          {
            "name": "run",
            "type": "pubkey"
          },
          {
            "name": "epoch",
            "type": "u32"
          },
          {
            "name": "node",
            "type": "pubkey"
          }
        ]
      }
    },
    {
      "name": "membersCold",
      "docs": [
        "Members that did not answer in Warmup: they are dropped, and their deposits forfeit."
      ],
      "type": {
        "kind": "struct",
        "fields": [
          {
            "name": "run",
            "type": "pubkey"
          },
          {
            "name": "epoch",
            "type": "u32"
          },
          {
            "name": "members",
            "docs": [
              "Bitmap of member indices."
            ],
            "type": {
              "array": [
                "u8",
                32
              ]
            }
          }
        ]
      }
    },
    {
      "name": "networkAddress",
      "docs": [
        "An argument of `join_run`."
      ],
      "type": {
        "kind": "enum",
        "variants": [
          {
            "name": "none"
          },
          {
            "name": "multiaddr",
            "fields": [
              {
                "name": "bytes",
                "type": "bytes"
              }
            ]
          },
          {
            "name": "throughMember",
            "fields": [
              {
                "name": "index",
                "type": "u16"
              }
            ]
          }
        ]
      }
    },
    {
      "name": "pauseRequested",
      "type": {
        "kind": "struct",
        "fields": [
          {
            "name": "run",
            "type": "pubkey"
          },
          {
            "name": "epoch",
            "type": "u32"
          }
        ]
      }
    },
    {
      "name": "pending",
      "docs": [
        "A node that joined for the next epoch."
      ],
      "serialization": "bytemuck",
      "repr": {
        "kind": "c"
      },
      "type": {
        "kind": "struct",
        "fields": [
          {
            "name": "key",
            "docs": [
              "Node key."
            ],
            "type": "pubkey"
          },
          {
            "name": "capacity",
            "docs": [
              "Declared capacity, 1 to 8."
            ],
            "type": "u8"
          }
        ]
      }
    },
    {
      "name": "pointsSettled",
      "type": {
        "kind": "struct",
        "fields": [
          {
            "name": "run",
            "type": "pubkey"
          },
          {
            "name": "epoch",
            "type": "u32"
          },
          {
            "name": "node",
            "type": "pubkey"
          },
          {
            "name": "points",
            "type": "u64"
          },
          {
            "name": "depositForfeited",
            "docs": [
              "Lamports of its deposit that were taken away."
            ],
            "type": "u64"
          }
        ]
      }
    },
    {
      "name": "rateChanged",
      "type": {
        "kind": "struct",
        "fields": [
          {
            "name": "run",
            "type": "pubkey"
          },
          {
            "name": "num",
            "type": "u64"
          },
          {
            "name": "den",
            "type": "u64"
          },
          {
            "name": "applied",
            "docs": [
              "It applies already (a run that never began), not from the next epoch on."
            ],
            "type": "bool"
          }
        ]
      }
    },
    {
      "name": "roundDecided",
      "type": {
        "kind": "struct",
        "fields": [
          {
            "name": "run",
            "type": "pubkey"
          },
          {
            "name": "epoch",
            "type": "u32"
          },
          {
            "name": "round",
            "type": "u32"
          },
          {
            "name": "step",
            "type": "u32"
          },
          {
            "name": "bitmap",
            "type": {
              "array": [
                "u8",
                32
              ]
            }
          },
          {
            "name": "root",
            "type": {
              "array": [
                "u8",
                32
              ]
            }
          },
          {
            "name": "pointsAwarded",
            "docs": [
              "Points that this round added."
            ],
            "type": "u64"
          },
          {
            "name": "carry",
            "docs": [
              "Remainder that goes into the next decided round."
            ],
            "type": "u64"
          }
        ]
      }
    },
    {
      "name": "roundOpened",
      "type": {
        "kind": "struct",
        "fields": [
          {
            "name": "run",
            "type": "pubkey"
          },
          {
            "name": "epoch",
            "type": "u32"
          },
          {
            "name": "round",
            "type": "u32"
          },
          {
            "name": "step",
            "type": "u32"
          },
          {
            "name": "dataPosition",
            "type": "u64"
          },
          {
            "name": "batchSize",
            "type": "u32"
          }
        ]
      }
    },
    {
      "name": "roundRecord",
      "docs": [
        "One of the last rounds, at `round % ROUNDS_KEPT`."
      ],
      "serialization": "bytemuck",
      "repr": {
        "kind": "c"
      },
      "type": {
        "kind": "struct",
        "fields": [
          {
            "name": "dataPosition",
            "docs": [
              "Index of the round's first sequence."
            ],
            "type": "u64"
          },
          {
            "name": "round",
            "type": "u32"
          },
          {
            "name": "epoch",
            "type": "u32"
          },
          {
            "name": "step",
            "docs": [
              "The step that this round decides; an undecided round is opened again with the same step."
            ],
            "type": "u32"
          },
          {
            "name": "batchSize",
            "type": "u32"
          },
          {
            "name": "votedMask",
            "docs": [
              "Bit `p`: the witness at position `p` voted."
            ],
            "type": "u32"
          },
          {
            "name": "status",
            "docs": [
              "`round_status`."
            ],
            "type": "u8"
          },
          {
            "name": "closedAtDeadline",
            "docs": [
              "The witnesses had all of their time."
            ],
            "type": "u8"
          },
          {
            "name": "witnessCount",
            "type": "u8"
          },
          {
            "name": "seedPinned",
            "docs": [
              "`seed` is pinned."
            ],
            "type": "u8"
          },
          {
            "name": "seed",
            "type": {
              "array": [
                "u8",
                32
              ]
            }
          },
          {
            "name": "bitmap",
            "docs": [
              "Accepted members, once a quorum agrees."
            ],
            "type": {
              "array": [
                "u8",
                32
              ]
            }
          },
          {
            "name": "root",
            "docs": [
              "Root of the accepted list, once a quorum agrees."
            ],
            "type": {
              "array": [
                "u8",
                32
              ]
            }
          },
          {
            "name": "parameterHash",
            "docs": [
              "The parameter hash that a quorum named, else zero."
            ],
            "type": {
              "array": [
                "u8",
                32
              ]
            }
          },
          {
            "name": "trainers",
            "docs": [
              "Members with a share of the batch (healthy when the roles were drawn)."
            ],
            "type": {
              "array": [
                "u8",
                32
              ]
            }
          },
          {
            "name": "witnessesElected",
            "docs": [
              "Member indices of the elected witnesses, by position."
            ],
            "type": {
              "array": [
                "u8",
                32
              ]
            }
          }
        ]
      }
    },
    {
      "name": "roundUndecided",
      "type": {
        "kind": "struct",
        "fields": [
          {
            "name": "run",
            "type": "pubkey"
          },
          {
            "name": "epoch",
            "type": "u32"
          },
          {
            "name": "round",
            "type": "u32"
          },
          {
            "name": "step",
            "type": "u32"
          },
          {
            "name": "inRow",
            "type": "u8"
          }
        ]
      }
    },
    {
      "name": "run",
      "docs": [
        "Made by `SystemProgram.createAccountWithSeed(authority, run_id)`: a program can't create more than 10,240 bytes.",
        "Fields are ordered by alignment, so that there is no padding."
      ],
      "serialization": "bytemuck",
      "repr": {
        "kind": "c"
      },
      "type": {
        "kind": "struct",
        "fields": [
          {
            "name": "stateStartSlot",
            "docs": [
              "When the state began (for RoundTrain: when its seed was pinned), in slots."
            ],
            "type": "u64"
          },
          {
            "name": "epochStartSlot",
            "type": "u64"
          },
          {
            "name": "minReachedSlot",
            "docs": [
              "When enough members were there, while WaitingForMembers; 0: not yet."
            ],
            "type": "u64"
          },
          {
            "name": "decidedSlot",
            "docs": [
              "When the current round was decided."
            ],
            "type": "u64"
          },
          {
            "name": "seedSlot",
            "docs": [
              "First slot whose hash may become the armed seed."
            ],
            "type": "u64"
          },
          {
            "name": "tokensProcessed",
            "type": "u64"
          },
          {
            "name": "dataPosition",
            "docs": [
              "Index of the first sequence of the current round's batch."
            ],
            "type": "u64"
          },
          {
            "name": "pointsAwardedTotal",
            "docs": [
              "`points_per_step` of every decided round so far = settled + forfeited + this epoch's + carry."
            ],
            "type": "u64"
          },
          {
            "name": "pointsEarnedTotal",
            "docs": [
              "Settled points of all members."
            ],
            "type": "u64"
          },
          {
            "name": "pointsForfeited",
            "docs": [
              "Points of the convicted that no later round can award any more."
            ],
            "type": "u64"
          },
          {
            "name": "epochPoints",
            "docs": [
              "Points in `members`, not settled yet."
            ],
            "type": "u64"
          },
          {
            "name": "carry",
            "docs": [
              "Remainder that goes into the next decided round."
            ],
            "type": "u64"
          },
          {
            "name": "rateNum",
            "docs": [
              "Base units of collateral per point in this epoch."
            ],
            "type": "u64"
          },
          {
            "name": "rateDen",
            "type": "u64"
          },
          {
            "name": "nextRateNum",
            "docs": [
              "The rate from the next epoch on."
            ],
            "type": "u64"
          },
          {
            "name": "nextRateDen",
            "type": "u64"
          },
          {
            "name": "depositsHeld",
            "docs": [
              "Deposits in all `Member` accounts, lamports."
            ],
            "type": "u64"
          },
          {
            "name": "depositsForfeited",
            "docs": [
              "Deposits taken from members that did not warm up, held by this account, lamports."
            ],
            "type": "u64"
          },
          {
            "name": "owedTotal",
            "docs": [
              "Base units owed to all members, u128 Q64.64 little-endian (bytes, for alignment)."
            ],
            "type": {
              "array": [
                "u8",
                16
              ]
            }
          },
          {
            "name": "config",
            "type": {
              "defined": {
                "name": "config"
              }
            }
          },
          {
            "name": "epoch",
            "docs": [
              "First epoch: 0."
            ],
            "type": "u32"
          },
          {
            "name": "round",
            "docs": [
              "Round of the epoch; always increasing, also where an undecided one is opened again."
            ],
            "type": "u32"
          },
          {
            "name": "step",
            "docs": [
              "Decided steps; the current step has this number."
            ],
            "type": "u32"
          },
          {
            "name": "batchSize",
            "docs": [
              "Global batch of the current round, in sequences."
            ],
            "type": "u32"
          },
          {
            "name": "memberAccounts",
            "docs": [
              "Open `Member` accounts."
            ],
            "type": "u32"
          },
          {
            "name": "membersLen",
            "type": "u16"
          },
          {
            "name": "pendingLen",
            "type": "u16"
          },
          {
            "name": "healthyCount",
            "docs": [
              "Members in state Healthy."
            ],
            "type": "u16"
          },
          {
            "name": "trainerCount",
            "type": "u16"
          },
          {
            "name": "version",
            "type": "u8"
          },
          {
            "name": "state",
            "docs": [
              "`RunState`."
            ],
            "type": "u8"
          },
          {
            "name": "pauseRequested",
            "type": "u8"
          },
          {
            "name": "runIdLen",
            "type": "u8"
          },
          {
            "name": "undecidedInRow",
            "type": "u8"
          },
          {
            "name": "decided",
            "docs": [
              "A quorum of the current round's witnesses agrees."
            ],
            "type": "u8"
          },
          {
            "name": "seedPinned",
            "docs": [
              "The armed seed is pinned."
            ],
            "type": "u8"
          },
          {
            "name": "witnessCount",
            "type": "u8"
          },
          {
            "name": "checkpointLen",
            "type": "u8"
          },
          {
            "name": "checkpointerCount",
            "type": "u8"
          },
          {
            "name": "epochHashAgreed",
            "docs": [
              "A quorum of the last epoch's members agreed on `epoch_hash`."
            ],
            "type": "u8"
          },
          {
            "name": "reservedBytes",
            "type": {
              "array": [
                "u8",
                5
              ]
            }
          },
          {
            "name": "checkpointers",
            "docs": [
              "Members elected to post this epoch's checkpoint."
            ],
            "type": {
              "array": [
                "u8",
                4
              ]
            }
          },
          {
            "name": "runId",
            "type": {
              "array": [
                "u8",
                32
              ]
            }
          },
          {
            "name": "authority",
            "type": "pubkey"
          },
          {
            "name": "treasury",
            "docs": [
              "The treasury's address; default: none."
            ],
            "type": "pubkey"
          },
          {
            "name": "joinAuthority",
            "docs": [
              "Whose authorization joining takes; default: anyone may join."
            ],
            "type": "pubkey"
          },
          {
            "name": "manifestHash",
            "docs": [
              "sha256 of the sealed manifest; zero: not sealed."
            ],
            "type": {
              "array": [
                "u8",
                32
              ]
            }
          },
          {
            "name": "clientVersion",
            "docs": [
              "UTF-8, padded with zeros."
            ],
            "type": {
              "array": [
                "u8",
                32
              ]
            }
          },
          {
            "name": "epochHash",
            "docs": [
              "Agreed hash of the parameters where the epoch starts; zero: the initial ones."
            ],
            "type": {
              "array": [
                "u8",
                32
              ]
            }
          },
          {
            "name": "origin",
            "docs": [
              "Tells this run from any other at the same address, on another cluster or in another life: commitments name it."
            ],
            "type": {
              "array": [
                "u8",
                32
              ]
            }
          },
          {
            "name": "checkpointHash",
            "docs": [
              "The agreed hash that `checkpoint` has the parameters of."
            ],
            "type": {
              "array": [
                "u8",
                32
              ]
            }
          },
          {
            "name": "checkpoint",
            "docs": [
              "UTF-8 location, `checkpoint_len` bytes."
            ],
            "type": {
              "array": [
                "u8",
                128
              ]
            }
          },
          {
            "name": "reserved",
            "docs": [
              "Room for what later versions add."
            ],
            "type": {
              "array": [
                "u8",
                480
              ]
            }
          },
          {
            "name": "trainerOrder",
            "docs": [
              "Member indices of the current round's trainers, in seed order."
            ],
            "type": {
              "array": [
                "u8",
                256
              ]
            }
          },
          {
            "name": "witnesses",
            "docs": [
              "Member indices of the current round's witnesses."
            ],
            "type": {
              "array": [
                "u8",
                32
              ]
            }
          },
          {
            "name": "votes",
            "type": {
              "array": [
                {
                  "defined": {
                    "name": "vote"
                  }
                },
                32
              ]
            }
          },
          {
            "name": "rounds",
            "type": {
              "array": [
                {
                  "defined": {
                    "name": "roundRecord"
                  }
                },
                4
              ]
            }
          },
          {
            "name": "members",
            "type": {
              "array": [
                {
                  "defined": {
                    "name": "runMember"
                  }
                },
                256
              ]
            }
          },
          {
            "name": "pending",
            "type": {
              "array": [
                {
                  "defined": {
                    "name": "pending"
                  }
                },
                256
              ]
            }
          }
        ]
      }
    },
    {
      "name": "runClosed",
      "type": {
        "kind": "struct",
        "fields": [
          {
            "name": "run",
            "type": "pubkey"
          }
        ]
      }
    },
    {
      "name": "runCreated",
      "type": {
        "kind": "struct",
        "fields": [
          {
            "name": "run",
            "type": "pubkey"
          },
          {
            "name": "authority",
            "type": "pubkey"
          },
          {
            "name": "treasury",
            "type": "pubkey"
          },
          {
            "name": "runId",
            "type": "string"
          }
        ]
      }
    },
    {
      "name": "runFinished",
      "type": {
        "kind": "struct",
        "fields": [
          {
            "name": "run",
            "type": "pubkey"
          },
          {
            "name": "epoch",
            "type": "u32"
          },
          {
            "name": "step",
            "type": "u32"
          },
          {
            "name": "slot",
            "type": "u64"
          }
        ]
      }
    },
    {
      "name": "runInstance",
      "docs": [
        "PDA `[\"run\", run_id]`."
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
            "name": "runId",
            "type": "string"
          },
          {
            "name": "run",
            "docs": [
              "The `Run` account."
            ],
            "type": "pubkey"
          },
          {
            "name": "authority",
            "type": "pubkey"
          }
        ]
      }
    },
    {
      "name": "runMember",
      "docs": [
        "A member of the running epoch; its index in `Run::members` is fixed until the epoch ends."
      ],
      "serialization": "bytemuck",
      "repr": {
        "kind": "c"
      },
      "type": {
        "kind": "struct",
        "fields": [
          {
            "name": "key",
            "docs": [
              "Node key."
            ],
            "type": "pubkey"
          },
          {
            "name": "points",
            "docs": [
              "Points earned in this epoch and not settled yet."
            ],
            "type": "u64"
          },
          {
            "name": "cooldownHash",
            "docs": [
              "Its vote for the hash of the epoch's last parameters; valid if `cooldown_voted`."
            ],
            "type": {
              "array": [
                "u8",
                32
              ]
            }
          },
          {
            "name": "acceptedRounds",
            "docs": [
              "Decided rounds of this epoch with its work on the list."
            ],
            "type": "u32"
          },
          {
            "name": "witnessedRounds",
            "docs": [
              "Decided rounds of this epoch that it voted for."
            ],
            "type": "u32"
          },
          {
            "name": "capacity",
            "docs": [
              "Declared capacity, 1 to 8."
            ],
            "type": "u8"
          },
          {
            "name": "state",
            "docs": [
              "`member_state`."
            ],
            "type": "u8"
          },
          {
            "name": "cooldownVoted",
            "type": "u8"
          },
          {
            "name": "settled",
            "type": "u8"
          },
          {
            "name": "forfeited",
            "docs": [
              "It did not warm up in time: `settle` takes its deposit."
            ],
            "type": "u8"
          },
          {
            "name": "rejoined",
            "docs": [
              "It is on the list for the next epoch."
            ],
            "type": "u8"
          },
          {
            "name": "reserved",
            "type": {
              "array": [
                "u8",
                2
              ]
            }
          }
        ]
      }
    },
    {
      "name": "runPaused",
      "type": {
        "kind": "struct",
        "fields": [
          {
            "name": "run",
            "type": "pubkey"
          },
          {
            "name": "epoch",
            "type": "u32"
          },
          {
            "name": "slot",
            "type": "u64"
          }
        ]
      }
    },
    {
      "name": "runResumed",
      "type": {
        "kind": "struct",
        "fields": [
          {
            "name": "run",
            "type": "pubkey"
          },
          {
            "name": "epoch",
            "type": "u32"
          },
          {
            "name": "slot",
            "type": "u64"
          }
        ]
      }
    },
    {
      "name": "seedArmed",
      "type": {
        "kind": "struct",
        "fields": [
          {
            "name": "run",
            "type": "pubkey"
          },
          {
            "name": "epoch",
            "type": "u32"
          },
          {
            "name": "round",
            "type": "u32"
          },
          {
            "name": "seedSlot",
            "docs": [
              "First slot whose hash may become the seed."
            ],
            "type": "u64"
          }
        ]
      }
    },
    {
      "name": "seedPinned",
      "type": {
        "kind": "struct",
        "fields": [
          {
            "name": "run",
            "type": "pubkey"
          },
          {
            "name": "epoch",
            "type": "u32"
          },
          {
            "name": "round",
            "type": "u32"
          },
          {
            "name": "slot",
            "docs": [
              "The slot whose hash it was made of."
            ],
            "type": "u64"
          },
          {
            "name": "seed",
            "type": {
              "array": [
                "u8",
                32
              ]
            }
          }
        ]
      }
    },
    {
      "name": "stateChanged",
      "docs": [
        "States as in `RunState`."
      ],
      "type": {
        "kind": "struct",
        "fields": [
          {
            "name": "run",
            "type": "pubkey"
          },
          {
            "name": "epoch",
            "type": "u32"
          },
          {
            "name": "round",
            "type": "u32"
          },
          {
            "name": "step",
            "type": "u32"
          },
          {
            "name": "from",
            "type": "u8"
          },
          {
            "name": "to",
            "type": "u8"
          },
          {
            "name": "slot",
            "type": "u64"
          }
        ]
      }
    },
    {
      "name": "vote",
      "docs": [
        "The vote of the witness at this position of `Run::witnesses`, in the current round."
      ],
      "serialization": "bytemuck",
      "repr": {
        "kind": "c"
      },
      "type": {
        "kind": "struct",
        "fields": [
          {
            "name": "voted",
            "type": "u8"
          },
          {
            "name": "parameterHashSet",
            "type": "u8"
          },
          {
            "name": "bitmap",
            "docs": [
              "Accepted members, bit `i` of byte `i / 8` (least significant first)."
            ],
            "type": {
              "array": [
                "u8",
                32
              ]
            }
          },
          {
            "name": "root",
            "docs": [
              "Merkle root of the accepted commitments."
            ],
            "type": {
              "array": [
                "u8",
                32
              ]
            }
          },
          {
            "name": "parameterHash",
            "docs": [
              "Hash of the parameters before this round's list is applied, at `hash_interval`."
            ],
            "type": {
              "array": [
                "u8",
                32
              ]
            }
          }
        ]
      }
    },
    {
      "name": "witnessArgs",
      "docs": [
        "What an elected witness votes for, and what it measured."
      ],
      "type": {
        "kind": "struct",
        "fields": [
          {
            "name": "epoch",
            "type": "u32"
          },
          {
            "name": "round",
            "type": "u32"
          },
          {
            "name": "position",
            "docs": [
              "The signer's position in `Run::witnesses`."
            ],
            "type": "u8"
          },
          {
            "name": "memberIndex",
            "docs": [
              "The signer's index in `Run::members`."
            ],
            "type": "u16"
          },
          {
            "name": "bitmap",
            "docs": [
              "Accepted members: not empty, and only this round's trainers."
            ],
            "type": {
              "array": [
                "u8",
                32
              ]
            }
          },
          {
            "name": "root",
            "docs": [
              "Merkle root of the accepted commitments."
            ],
            "type": {
              "array": [
                "u8",
                32
              ]
            }
          },
          {
            "name": "parameterHash",
            "docs": [
              "Hash of the parameters before this round's list is applied, at `hash_interval`."
            ],
            "type": {
              "option": {
                "array": [
                  "u8",
                  32
                ]
              }
            }
          },
          {
            "name": "possession",
            "docs": [
              "Digest over the accepted payloads hashed with the witness's key."
            ],
            "type": {
              "array": [
                "u8",
                32
              ]
            }
          },
          {
            "name": "metrics",
            "type": {
              "defined": {
                "name": "witnessMetrics"
              }
            }
          }
        ]
      }
    },
    {
      "name": "witnessMetrics",
      "docs": [
        "Emitted, not stored. Floats must not be NaN: such bytes are refused."
      ],
      "type": {
        "kind": "struct",
        "fields": [
          {
            "name": "loss",
            "docs": [
              "Mean nats per token."
            ],
            "type": "f32"
          },
          {
            "name": "tokensPerSecond",
            "type": "f32"
          },
          {
            "name": "bytesUp",
            "type": "u64"
          },
          {
            "name": "bytesDown",
            "type": "u64"
          },
          {
            "name": "evals",
            "docs": [
              "At most 8."
            ],
            "type": {
              "vec": {
                "defined": {
                  "name": "eval"
                }
              }
            }
          },
          {
            "name": "sample",
            "docs": [
              "At most 16 tokens."
            ],
            "type": {
              "vec": "u16"
            }
          }
        ]
      }
    },
    {
      "name": "witnessVoted",
      "type": {
        "kind": "struct",
        "fields": [
          {
            "name": "run",
            "type": "pubkey"
          },
          {
            "name": "epoch",
            "type": "u32"
          },
          {
            "name": "round",
            "type": "u32"
          },
          {
            "name": "node",
            "type": "pubkey"
          },
          {
            "name": "bitmap",
            "type": {
              "array": [
                "u8",
                32
              ]
            }
          },
          {
            "name": "root",
            "type": {
              "array": [
                "u8",
                32
              ]
            }
          },
          {
            "name": "parameterHash",
            "type": {
              "option": {
                "array": [
                  "u8",
                  32
                ]
              }
            }
          },
          {
            "name": "possession",
            "type": {
              "array": [
                "u8",
                32
              ]
            }
          },
          {
            "name": "metrics",
            "type": {
              "defined": {
                "name": "witnessMetrics"
              }
            }
          }
        ]
      }
    }
  ],
  "constants": [
    {
      "name": "accountVersion",
      "docs": [
        "Version byte of every account."
      ],
      "type": "u8",
      "value": "1"
    },
    {
      "name": "checkpointers",
      "docs": [
        "Members elected to post a checkpoint."
      ],
      "type": "u8",
      "value": "4"
    },
    {
      "name": "clientVersionMax",
      "docs": [
        "Bytes of a client version."
      ],
      "type": "u8",
      "value": "32"
    },
    {
      "name": "closeAfterFinished",
      "docs": [
        "Slots after a run's end from which anyone can close a member's account: 90 days."
      ],
      "type": "u64",
      "value": "19440000"
    },
    {
      "name": "decidedGrace",
      "docs": [
        "Slots that a decided round waits for the remaining witnesses."
      ],
      "type": "u64",
      "value": "2"
    },
    {
      "name": "finishAfterPaused",
      "docs": [
        "Slots that a run has to be paused before it can be finished: 30 days."
      ],
      "type": "u64",
      "value": "6480000"
    },
    {
      "name": "locationMax",
      "docs": [
        "Bytes of a checkpoint's location."
      ],
      "type": "u8",
      "value": "128"
    },
    {
      "name": "manifestMax",
      "docs": [
        "Bytes of a manifest."
      ],
      "type": "u16",
      "value": "4096"
    },
    {
      "name": "manifestSeed",
      "type": "bytes",
      "value": "[109, 97, 110, 105, 102, 101, 115, 116]"
    },
    {
      "name": "maxCapacity",
      "docs": [
        "Highest capacity that a member can declare."
      ],
      "type": "u8",
      "value": "8"
    },
    {
      "name": "maxMembers",
      "docs": [
        "Members of an epoch, and of the list that waits for the next."
      ],
      "type": "u16",
      "value": "256"
    },
    {
      "name": "maxUndecided",
      "docs": [
        "Undecided rounds in a row that end an epoch."
      ],
      "type": "u8",
      "value": "3"
    },
    {
      "name": "maxWitnesses",
      "docs": [
        "Witnesses of a round."
      ],
      "type": "u16",
      "value": "32"
    },
    {
      "name": "memberSeed",
      "type": "bytes",
      "value": "[109, 101, 109, 98, 101, 114]"
    },
    {
      "name": "multiaddrMax",
      "docs": [
        "Bytes of a packed multiaddr."
      ],
      "type": "u8",
      "value": "48"
    },
    {
      "name": "roundsKept",
      "docs": [
        "Rounds kept in the run's ring."
      ],
      "type": "u8",
      "value": "4"
    },
    {
      "name": "runIdMax",
      "docs": [
        "Bytes of a run id."
      ],
      "type": "u8",
      "value": "32"
    },
    {
      "name": "runSeed",
      "type": "bytes",
      "value": "[114, 117, 110]"
    },
    {
      "name": "seedDelay",
      "docs": [
        "A seed comes from the first slot at least this many slots after the round opened."
      ],
      "type": "u64",
      "value": "2"
    },
    {
      "name": "seedWindow",
      "docs": [
        "A seed not pinned within this many slots is armed again (SlotHashes keeps 512)."
      ],
      "type": "u64",
      "value": "400"
    }
  ],
  "events": [
    {
      "name": "checkpointPosted",
      "discriminator": [
        250,
        122,
        64,
        118,
        110,
        97,
        9,
        55
      ]
    },
    {
      "name": "clientVersionChanged",
      "discriminator": [
        199,
        4,
        77,
        82,
        97,
        86,
        28,
        147
      ]
    },
    {
      "name": "configChanged",
      "discriminator": [
        147,
        25,
        86,
        98,
        98,
        77,
        78,
        192
      ]
    },
    {
      "name": "cooldownVoted",
      "discriminator": [
        254,
        95,
        143,
        98,
        220,
        137,
        111,
        135
      ]
    },
    {
      "name": "epochHashAgreed",
      "discriminator": [
        32,
        130,
        4,
        99,
        217,
        88,
        16,
        248
      ]
    },
    {
      "name": "joinAuthorityChanged",
      "discriminator": [
        184,
        189,
        7,
        142,
        239,
        146,
        24,
        171
      ]
    },
    {
      "name": "manifestSealed",
      "discriminator": [
        30,
        126,
        107,
        67,
        183,
        9,
        80,
        46
      ]
    },
    {
      "name": "memberClosed",
      "discriminator": [
        144,
        66,
        227,
        96,
        123,
        189,
        130,
        204
      ]
    },
    {
      "name": "memberConvicted",
      "discriminator": [
        229,
        33,
        155,
        136,
        82,
        66,
        181,
        98
      ]
    },
    {
      "name": "memberDropped",
      "discriminator": [
        63,
        31,
        219,
        91,
        33,
        167,
        174,
        211
      ]
    },
    {
      "name": "memberJoined",
      "discriminator": [
        156,
        199,
        149,
        88,
        193,
        203,
        191,
        210
      ]
    },
    {
      "name": "memberLeft",
      "discriminator": [
        48,
        83,
        72,
        92,
        111,
        227,
        133,
        142
      ]
    },
    {
      "name": "memberWarm",
      "discriminator": [
        168,
        111,
        112,
        186,
        194,
        115,
        151,
        40
      ]
    },
    {
      "name": "membersCold",
      "discriminator": [
        198,
        61,
        157,
        62,
        106,
        183,
        168,
        27
      ]
    },
    {
      "name": "pauseRequested",
      "discriminator": [
        125,
        37,
        174,
        211,
        183,
        55,
        129,
        7
      ]
    },
    {
      "name": "pointsSettled",
      "discriminator": [
        176,
        1,
        68,
        229,
        165,
        138,
        119,
        13
      ]
    },
    {
      "name": "rateChanged",
      "discriminator": [
        134,
        120,
        242,
        27,
        248,
        78,
        234,
        174
      ]
    },
    {
      "name": "roundDecided",
      "discriminator": [
        124,
        48,
        227,
        150,
        96,
        250,
        141,
        97
      ]
    },
    {
      "name": "roundOpened",
      "discriminator": [
        99,
        173,
        228,
        72,
        142,
        57,
        109,
        178
      ]
    },
    {
      "name": "roundUndecided",
      "discriminator": [
        102,
        14,
        51,
        97,
        218,
        179,
        145,
        35
      ]
    },
    {
      "name": "runClosed",
      "discriminator": [
        209,
        159,
        183,
        34,
        43,
        250,
        53,
        199
      ]
    },
    {
      "name": "runCreated",
      "discriminator": [
        113,
        9,
        6,
        204,
        198,
        133,
        200,
        175
      ]
    },
    {
      "name": "runFinished",
      "discriminator": [
        111,
        245,
        213,
        15,
        160,
        174,
        77,
        114
      ]
    },
    {
      "name": "runPaused",
      "discriminator": [
        248,
        98,
        40,
        107,
        59,
        174,
        192,
        211
      ]
    },
    {
      "name": "runResumed",
      "discriminator": [
        153,
        185,
        230,
        79,
        167,
        10,
        234,
        106
      ]
    },
    {
      "name": "seedArmed",
      "discriminator": [
        233,
        205,
        96,
        173,
        24,
        108,
        131,
        36
      ]
    },
    {
      "name": "seedPinned",
      "discriminator": [
        156,
        155,
        35,
        182,
        79,
        128,
        138,
        8
      ]
    },
    {
      "name": "stateChanged",
      "discriminator": [
        0,
        150,
        55,
        224,
        43,
        26,
        214,
        192
      ]
    },
    {
      "name": "witnessVoted",
      "discriminator": [
        114,
        97,
        193,
        48,
        50,
        96,
        125,
        235
      ]
    }
  ],
  "errors": [
    {
      "code": 6000,
      "name": "tooEarly",
      "msg": "Nothing to do yet: tick again when the state's time is over or its condition is met"
    },
    {
      "code": 6001,
      "name": "wrongState",
      "msg": "Not possible in the run's present state: look at it with `psyche-client run show`"
    },
    {
      "code": 6002,
      "name": "wrongEpoch",
      "msg": "The epoch is another one: fetch the run again and use its epoch"
    },
    {
      "code": 6003,
      "name": "wrongRound",
      "msg": "The round is another one: fetch the run again and use its round"
    },
    {
      "code": 6004,
      "name": "seedNotPinned",
      "msg": "The round's seed is not pinned yet: send pin_seed first"
    },
    {
      "code": 6005,
      "name": "seedAlreadyPinned",
      "msg": "The seed is pinned already: go on with the round"
    },
    {
      "code": 6006,
      "name": "seedTooEarly",
      "msg": "No slot hash at or after the seed's slot yet: try again in the next slot"
    },
    {
      "code": 6007,
      "name": "notSlotHashes",
      "msg": "The account given is not the SlotHashes sysvar: pass SysvarS1otHashes111111111111111111111111111"
    },
    {
      "code": 6008,
      "name": "notSettled",
      "msg": "Points are not settled yet: send settle for every unsettled member first"
    },
    {
      "code": 6009,
      "name": "alreadySettled",
      "msg": "The member is settled already: leave its index out"
    },
    {
      "code": 6010,
      "name": "notAuthority",
      "msg": "Only the run's authority can do this: sign with the key that created the run"
    },
    {
      "code": 6011,
      "name": "notTreasury",
      "msg": "Only the run's treasury can do this: go through the treasurer program"
    },
    {
      "code": 6012,
      "name": "resumeThroughTreasury",
      "msg": "A run with a treasury is resumed by it: use the treasurer's resume_run"
    },
    {
      "code": 6013,
      "name": "notMember",
      "msg": "The signer is not the member at this index: fetch the run again and use your node's index"
    },
    {
      "code": 6014,
      "name": "notWitness",
      "msg": "The signer is not the witness at this position: fetch the run again and use your node's position"
    },
    {
      "code": 6015,
      "name": "notCheckpointer",
      "msg": "The signer is not elected to post this epoch's checkpoint: leave it to the elected members"
    },
    {
      "code": 6016,
      "name": "payoutFixed",
      "msg": "The payout key is fixed by the first join: join with the same one"
    },
    {
      "code": 6017,
      "name": "payoutMustSign",
      "msg": "The member has points: its payout key must sign too"
    },
    {
      "code": 6018,
      "name": "nodeMustSign",
      "msg": "The node must sign: anyone else can close its account 90 days after the run's end"
    },
    {
      "code": 6019,
      "name": "pendingFull",
      "msg": "The list for the next epoch is full: join after the epoch has started"
    },
    {
      "code": 6020,
      "name": "wrongClientVersion",
      "msg": "The run needs another client version: upgrade psyche-client to the run's version"
    },
    {
      "code": 6021,
      "name": "invalidCapacity",
      "msg": "The capacity must be 1 to 8: declare how many times a small machine's share yours can do"
    },
    {
      "code": 6022,
      "name": "invalidAddress",
      "msg": "The address must be 1 to 48 bytes of packed multiaddr, or the index of a member below 256"
    },
    {
      "code": 6023,
      "name": "invalidPayout",
      "msg": "The payout key can't be the default public key: name a key that you own"
    },
    {
      "code": 6024,
      "name": "inRunningEpoch",
      "msg": "A member of the running epoch can't leave: wait for the epoch's end"
    },
    {
      "code": 6025,
      "name": "notHealthy",
      "msg": "The member is not healthy: it can take part again in the next epoch"
    },
    {
      "code": 6026,
      "name": "alreadyWarm",
      "msg": "The member has answered already: nothing more to do in this state"
    },
    {
      "code": 6027,
      "name": "notAuthorized",
      "msg": "The run is permissioned: ask its join authority for an authorization of your node key, and pass its account"
    },
    {
      "code": 6028,
      "name": "invalidProof",
      "msg": "The instruction right before must be the ed25519 program's, over both envelopes by one key, laid out as docs/protocol.md says"
    },
    {
      "code": 6029,
      "name": "wrongEnvelope",
      "msg": "The envelopes must be commitments to rounds of this run of this program"
    },
    {
      "code": 6030,
      "name": "notEquivocation",
      "msg": "No equivocation: the envelopes must be of one round and one member index, and name different commitments"
    },
    {
      "code": 6031,
      "name": "alreadyConvicted",
      "msg": "The member is convicted already: nothing more to take"
    },
    {
      "code": 6032,
      "name": "wrongTreasury",
      "msg": "The treasury's share of the deposit goes to the run's treasury, or to the run where there is none: pass that account"
    },
    {
      "code": 6033,
      "name": "invalidBitmap",
      "msg": "The bitmap must name at least one accepted member, and only this round's trainers"
    },
    {
      "code": 6034,
      "name": "metricsTooLong",
      "msg": "At most 8 evaluations and 16 sample tokens fit: send fewer"
    },
    {
      "code": 6035,
      "name": "roundNotKept",
      "msg": "No such round is kept: health checks are for the last 4 rounds of the running epoch"
    },
    {
      "code": 6036,
      "name": "memberIsHealthy",
      "msg": "The member did what this round asked of it: nothing to drop it for"
    },
    {
      "code": 6037,
      "name": "hashNotAgreed",
      "msg": "The epoch's hash is not agreed, or is another one: wait for the quorum and post what it named"
    },
    {
      "code": 6038,
      "name": "invalidLocation",
      "msg": "The location must be 1 to 128 bytes"
    },
    {
      "code": 6039,
      "name": "indexOutOfRange",
      "msg": "Member index out of range: use an index below the epoch's number of members"
    },
    {
      "code": 6040,
      "name": "wrongMemberAccount",
      "msg": "The Member accounts must be those of the indices, in the same order, and writable"
    },
    {
      "code": 6041,
      "name": "invalidRunId",
      "msg": "A run id is 1 to 32 of the characters a-z, A-Z, 0-9, '-', '_' and '.'"
    },
    {
      "code": 6042,
      "name": "wrongRunAddress",
      "msg": "The run account must be created from the authority's key with the run id as its seed"
    },
    {
      "code": 6043,
      "name": "wrongRunSize",
      "msg": "The run account's size is not this program's: create it with the size of Run"
    },
    {
      "code": 6044,
      "name": "invalidClientVersion",
      "msg": "A client version is 1 to 32 bytes of printable ASCII"
    },
    {
      "code": 6045,
      "name": "invalidManifestRange",
      "msg": "The manifest must be 1 to 4096 bytes: write within them"
    },
    {
      "code": 6046,
      "name": "wrongManifestHash",
      "msg": "The manifest's sha256 is another one: write all parts again, then seal"
    },
    {
      "code": 6047,
      "name": "manifestNotSealed",
      "msg": "The manifest is not sealed: write it and send seal_manifest first"
    },
    {
      "code": 6048,
      "name": "invalidSlotMs",
      "msg": "slot_ms must be 10 to 10000"
    },
    {
      "code": 6049,
      "name": "invalidTime",
      "msg": "Times must be 1 second to 30 days (epoch_time: to 366 days; the extra time may be 0)"
    },
    {
      "code": 6050,
      "name": "invalidMinClients",
      "msg": "Needed: 1 <= min_clients <= init_min_clients <= 256"
    },
    {
      "code": 6051,
      "name": "invalidWitnessNodes",
      "msg": "witness_nodes must be 0 (all) to 32"
    },
    {
      "code": 6052,
      "name": "invalidTotalSteps",
      "msg": "total_steps must be at least 1, and more than the steps already done"
    },
    {
      "code": 6053,
      "name": "invalidBatchSize",
      "msg": "Global batch sizes must be 1 to 1048576 sequences"
    },
    {
      "code": 6054,
      "name": "invalidSequenceLength",
      "msg": "sequence_length must be 1 to 1048576 tokens, and the run's tokens must fit 64 bits"
    },
    {
      "code": 6055,
      "name": "invalidPoints",
      "msg": "total_steps * points_per_step must fit 64 bits: lower points_per_step"
    },
    {
      "code": 6056,
      "name": "invalidWitnessPermille",
      "msg": "witness_permille must be 0 to 1000"
    },
    {
      "code": 6057,
      "name": "invalidDeposit",
      "msg": "join_deposit must be at most 1000 SOL"
    },
    {
      "code": 6058,
      "name": "invalidVerification",
      "msg": "verification_percent must be 0: this version has no verifiers"
    },
    {
      "code": 6059,
      "name": "invalidRate",
      "msg": "The rate's denominator must not be 0, and the run's points at this rate must fit 63 bits"
    },
    {
      "code": 6060,
      "name": "notFinishable",
      "msg": "A run can be finished before it starts or after 30 days of pause: pause it first"
    },
    {
      "code": 6061,
      "name": "membersRemain",
      "msg": "Member accounts are still open: they must be closed with close_member first"
    },
    {
      "code": 6062,
      "name": "arithmetic",
      "msg": "Arithmetic out of range: please report this with the transaction's signature"
    },
    {
      "code": 6063,
      "name": "brokenInvariant",
      "msg": "The run would break its own rules: please report this with the transaction's signature"
    }
  ]
};
