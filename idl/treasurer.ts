/**
 * Program IDL in camelCase format in order to be used in JS/TS.
 *
 * Note that this is only a type helper and is not the actual IDL. The original
 * IDL can be found at `idl/treasurer.json`. Written by `npm run build:programs`.
 */
export type Treasurer = {
  "address": "AucCLXmKPLSewoMrTDWQ6BtArapGgpmQRMxKidNZUYfZ",
  "metadata": {
    "name": "treasurer",
    "version": "0.1.0",
    "spec": "0.1.0",
    "description": "The collateral of a Psyche run: held, paid out for points, returned when nobody is owed"
  },
  "instructions": [
    {
      "name": "claim",
      "docs": [
        "A member's payout key takes what the member is owed, or `max_amount` of it, or what there is."
      ],
      "discriminator": [
        62,
        198,
        214,
        193,
        213,
        159,
        108,
        210
      ],
      "accounts": [
        {
          "name": "payout",
          "docs": [
            "The member's payout key; pays the rent of the claim record, once."
          ],
          "writable": true,
          "signer": true,
          "relations": [
            "member"
          ]
        },
        {
          "name": "run",
          "relations": [
            "member",
            "treasury"
          ]
        },
        {
          "name": "member",
          "docs": [
            "Owned by the coordinator, which alone makes such accounts, one for each node of a run."
          ]
        },
        {
          "name": "treasury",
          "writable": true,
          "pda": {
            "seeds": [
              {
                "kind": "const",
                "value": [
                  116,
                  114,
                  101,
                  97,
                  115,
                  117,
                  114,
                  121
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
          "name": "claimRecord",
          "docs": [
            "Closed after the member's account at the earliest, so that nothing is paid twice."
          ],
          "writable": true,
          "pda": {
            "seeds": [
              {
                "kind": "const",
                "value": [
                  99,
                  108,
                  97,
                  105,
                  109
                ]
              },
              {
                "kind": "account",
                "path": "treasury"
              },
              {
                "kind": "account",
                "path": "member"
              }
            ]
          }
        },
        {
          "name": "mint",
          "relations": [
            "treasury"
          ]
        },
        {
          "name": "vault",
          "writable": true,
          "relations": [
            "treasury"
          ]
        },
        {
          "name": "payoutToken",
          "docs": [
            "Any token account that the payout key owns."
          ],
          "writable": true
        },
        {
          "name": "tokenProgram",
          "relations": [
            "treasury"
          ]
        },
        {
          "name": "systemProgram",
          "address": "11111111111111111111111111111111"
        }
      ],
      "args": [
        {
          "name": "maxAmount",
          "type": {
            "option": "u64"
          }
        }
      ]
    },
    {
      "name": "closeClaimRecord",
      "docs": [
        "Closes what remembers a member's payments when its account can never be there again; rent to the payout key."
      ],
      "discriminator": [
        250,
        193,
        24,
        86,
        13,
        34,
        66,
        240
      ],
      "accounts": [
        {
          "name": "payout",
          "docs": [
            "Gets back the rent that it paid."
          ],
          "writable": true,
          "signer": true,
          "relations": [
            "claimRecord"
          ]
        },
        {
          "name": "run"
        },
        {
          "name": "member"
        },
        {
          "name": "treasury",
          "pda": {
            "seeds": [
              {
                "kind": "const",
                "value": [
                  116,
                  114,
                  101,
                  97,
                  115,
                  117,
                  114,
                  121
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
          "name": "claimRecord",
          "writable": true,
          "pda": {
            "seeds": [
              {
                "kind": "const",
                "value": [
                  99,
                  108,
                  97,
                  105,
                  109
                ]
              },
              {
                "kind": "account",
                "path": "treasury"
              },
              {
                "kind": "account",
                "path": "member"
              }
            ]
          }
        }
      ],
      "args": []
    },
    {
      "name": "closeTreasury",
      "docs": [
        "Closes treasury and vault when the run's accounts are closed and the vault is empty; all lamports to the authority."
      ],
      "discriminator": [
        113,
        239,
        0,
        73,
        12,
        113,
        171,
        43
      ],
      "accounts": [
        {
          "name": "authority",
          "docs": [
            "Gets the rent, and what convicted members' deposits have brought."
          ],
          "writable": true,
          "signer": true,
          "relations": [
            "treasury"
          ]
        },
        {
          "name": "run",
          "relations": [
            "treasury"
          ]
        },
        {
          "name": "treasury",
          "writable": true,
          "pda": {
            "seeds": [
              {
                "kind": "const",
                "value": [
                  116,
                  114,
                  101,
                  97,
                  115,
                  117,
                  114,
                  121
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
          "name": "vault",
          "writable": true,
          "relations": [
            "treasury"
          ]
        },
        {
          "name": "tokenProgram",
          "relations": [
            "treasury"
          ]
        }
      ],
      "args": []
    },
    {
      "name": "createTreasury",
      "docs": [
        "Creates the treasury of a run that names it, and says what a point is worth: `rate_num / rate_den` base units."
      ],
      "discriminator": [
        254,
        98,
        217,
        51,
        25,
        88,
        140,
        45
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
          "docs": [
            "Names this treasury since it was created."
          ],
          "writable": true
        },
        {
          "name": "treasury",
          "writable": true,
          "pda": {
            "seeds": [
              {
                "kind": "const",
                "value": [
                  116,
                  114,
                  101,
                  97,
                  115,
                  117,
                  114,
                  121
                ]
              },
              {
                "kind": "account",
                "path": "run"
              }
            ]
          },
          "relations": [
            "run"
          ]
        },
        {
          "name": "mint"
        },
        {
          "name": "vault",
          "docs": [
            "Anyone can make an associated token account for any address: if someone did, it serves."
          ],
          "writable": true,
          "pda": {
            "seeds": [
              {
                "kind": "account",
                "path": "treasury"
              },
              {
                "kind": "account",
                "path": "tokenProgram"
              },
              {
                "kind": "account",
                "path": "mint"
              }
            ],
            "program": {
              "kind": "const",
              "value": [
                140,
                151,
                37,
                143,
                78,
                36,
                137,
                241,
                187,
                61,
                16,
                41,
                20,
                142,
                13,
                131,
                11,
                90,
                19,
                153,
                218,
                255,
                16,
                132,
                4,
                142,
                123,
                216,
                219,
                233,
                248,
                89
              ]
            }
          }
        },
        {
          "name": "tokenProgram"
        },
        {
          "name": "associatedTokenProgram",
          "address": "ATokenGPvbdGVxr1b2hvZbsiqW5xWH25efTNsLJA8knL"
        },
        {
          "name": "coordinatorProgram",
          "address": "3bxczeuTLkBKTpVSrPbUDGNcUfRc5K2xczdGL2Y2ySpA"
        },
        {
          "name": "systemProgram",
          "address": "11111111111111111111111111111111"
        }
      ],
      "args": [
        {
          "name": "rateNum",
          "type": "u64"
        },
        {
          "name": "rateDen",
          "type": "u64"
        }
      ]
    },
    {
      "name": "fund",
      "docs": [
        "Anyone adds collateral."
      ],
      "discriminator": [
        218,
        188,
        111,
        221,
        152,
        113,
        174,
        7
      ],
      "accounts": [
        {
          "name": "funder",
          "docs": [
            "Owner of `from`, or its delegate."
          ],
          "signer": true
        },
        {
          "name": "treasury",
          "writable": true,
          "pda": {
            "seeds": [
              {
                "kind": "const",
                "value": [
                  116,
                  114,
                  101,
                  97,
                  115,
                  117,
                  114,
                  121
                ]
              },
              {
                "kind": "account",
                "path": "treasury.run",
                "account": "treasury"
              }
            ]
          }
        },
        {
          "name": "mint",
          "relations": [
            "treasury"
          ]
        },
        {
          "name": "from",
          "writable": true
        },
        {
          "name": "vault",
          "writable": true,
          "relations": [
            "treasury"
          ]
        },
        {
          "name": "tokenProgram",
          "relations": [
            "treasury"
          ]
        }
      ],
      "args": [
        {
          "name": "amount",
          "type": "u64"
        }
      ]
    },
    {
      "name": "resumeRun",
      "docs": [
        "The authority opens the run to members, if the treasury can pay the next epoch."
      ],
      "discriminator": [
        137,
        94,
        143,
        61,
        62,
        65,
        164,
        178
      ],
      "accounts": [
        {
          "name": "authority",
          "signer": true,
          "relations": [
            "treasury"
          ]
        },
        {
          "name": "run",
          "writable": true,
          "relations": [
            "treasury"
          ]
        },
        {
          "name": "treasury",
          "pda": {
            "seeds": [
              {
                "kind": "const",
                "value": [
                  116,
                  114,
                  101,
                  97,
                  115,
                  117,
                  114,
                  121
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
          "name": "vault",
          "relations": [
            "treasury"
          ]
        },
        {
          "name": "coordinatorProgram",
          "address": "3bxczeuTLkBKTpVSrPbUDGNcUfRc5K2xczdGL2Y2ySpA"
        }
      ],
      "args": []
    },
    {
      "name": "setExchangeRate",
      "docs": [
        "The authority changes what a point is worth, from the next epoch on."
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
          "name": "authority",
          "signer": true,
          "relations": [
            "treasury"
          ]
        },
        {
          "name": "run",
          "writable": true,
          "relations": [
            "treasury"
          ]
        },
        {
          "name": "treasury",
          "pda": {
            "seeds": [
              {
                "kind": "const",
                "value": [
                  116,
                  114,
                  101,
                  97,
                  115,
                  117,
                  114,
                  121
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
          "name": "vault",
          "relations": [
            "treasury"
          ]
        },
        {
          "name": "coordinatorProgram",
          "address": "3bxczeuTLkBKTpVSrPbUDGNcUfRc5K2xczdGL2Y2ySpA"
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
      "name": "withdraw",
      "docs": [
        "After the run's end the authority takes back what nobody is owed."
      ],
      "discriminator": [
        183,
        18,
        70,
        156,
        148,
        109,
        161,
        34
      ],
      "accounts": [
        {
          "name": "authority",
          "signer": true,
          "relations": [
            "treasury"
          ]
        },
        {
          "name": "run",
          "relations": [
            "treasury"
          ]
        },
        {
          "name": "treasury",
          "writable": true,
          "pda": {
            "seeds": [
              {
                "kind": "const",
                "value": [
                  116,
                  114,
                  101,
                  97,
                  115,
                  117,
                  114,
                  121
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
          "name": "mint",
          "relations": [
            "treasury"
          ]
        },
        {
          "name": "vault",
          "writable": true,
          "relations": [
            "treasury"
          ]
        },
        {
          "name": "to",
          "docs": [
            "A token account of the authority."
          ],
          "writable": true
        },
        {
          "name": "tokenProgram",
          "relations": [
            "treasury"
          ]
        }
      ],
      "args": [
        {
          "name": "amount",
          "type": "u64"
        }
      ]
    }
  ],
  "accounts": [
    {
      "name": "claimRecord",
      "discriminator": [
        57,
        229,
        0,
        9,
        65,
        62,
        96,
        7
      ]
    },
    {
      "name": "treasury",
      "discriminator": [
        238,
        239,
        123,
        238,
        89,
        1,
        168,
        253
      ]
    }
  ],
  "types": [
    {
      "name": "claimRecord",
      "docs": [
        "PDA `[\"claim\", treasury, member]`; rent paid by the payout key. It stays as long as the member's account can be there,",
        "so that nothing is paid twice."
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
            "name": "payout",
            "docs": [
              "The member's payout key, which gets the rent back."
            ],
            "type": "pubkey"
          },
          {
            "name": "paid",
            "docs": [
              "Base units paid to this member."
            ],
            "type": "u64"
          }
        ]
      }
    },
    {
      "name": "claimed",
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
            "name": "amount",
            "type": "u64"
          },
          {
            "name": "paid",
            "docs": [
              "Paid to this member, this claim included."
            ],
            "type": "u64"
          },
          {
            "name": "remaining",
            "docs": [
              "Owed to this member and not paid: the vault had no more, or the claim was for less."
            ],
            "type": "u64"
          },
          {
            "name": "paidTotal",
            "docs": [
              "Paid to all members, this claim included."
            ],
            "type": "u64"
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
      "name": "funded",
      "type": {
        "kind": "struct",
        "fields": [
          {
            "name": "run",
            "type": "pubkey"
          },
          {
            "name": "funder",
            "type": "pubkey"
          },
          {
            "name": "amount",
            "docs": [
              "What arrived: less than was sent if the mint takes a transfer fee."
            ],
            "type": "u64"
          },
          {
            "name": "held",
            "docs": [
              "In the vault now."
            ],
            "type": "u64"
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
      "name": "rateChangeRequested",
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
      "name": "runResumed",
      "type": {
        "kind": "struct",
        "fields": [
          {
            "name": "run",
            "type": "pubkey"
          },
          {
            "name": "held",
            "docs": [
              "In the vault now."
            ],
            "type": "u64"
          },
          {
            "name": "owed",
            "docs": [
              "Earned and not paid yet, rounded up."
            ],
            "type": "u64"
          },
          {
            "name": "nextEpoch",
            "docs": [
              "The most that the next epoch can cost."
            ],
            "type": "u64"
          }
        ]
      }
    },
    {
      "name": "treasury",
      "docs": [
        "PDA `[\"treasury\", run]`: signs for the vault, and towards the coordinator as the run's treasury."
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
            "name": "authority",
            "docs": [
              "The run's authority."
            ],
            "type": "pubkey"
          },
          {
            "name": "mint",
            "docs": [
              "Of the collateral."
            ],
            "type": "pubkey"
          },
          {
            "name": "vault",
            "docs": [
              "The treasury's associated token account."
            ],
            "type": "pubkey"
          },
          {
            "name": "tokenProgram",
            "type": "pubkey"
          },
          {
            "name": "paidTotal",
            "docs": [
              "Base units paid to members."
            ],
            "type": "u64"
          },
          {
            "name": "fundedTotal",
            "docs": [
              "Base units that arrived through `fund`; transfers past it are not counted, but are collateral just the same."
            ],
            "type": "u64"
          },
          {
            "name": "withdrawnTotal",
            "docs": [
              "Base units that went back to the authority."
            ],
            "type": "u64"
          },
          {
            "name": "freezable",
            "docs": [
              "The mint had a freeze authority when the treasury was created."
            ],
            "type": "bool"
          },
          {
            "name": "transferFee",
            "docs": [
              "The mint can take a transfer fee."
            ],
            "type": "bool"
          },
          {
            "name": "reserved",
            "docs": [
              "Room for what later versions add."
            ],
            "type": {
              "array": [
                "u8",
                62
              ]
            }
          }
        ]
      }
    },
    {
      "name": "treasuryClosed",
      "type": {
        "kind": "struct",
        "fields": [
          {
            "name": "run",
            "type": "pubkey"
          },
          {
            "name": "treasury",
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
      "name": "treasuryCreated",
      "type": {
        "kind": "struct",
        "fields": [
          {
            "name": "run",
            "type": "pubkey"
          },
          {
            "name": "treasury",
            "type": "pubkey"
          },
          {
            "name": "authority",
            "type": "pubkey"
          },
          {
            "name": "mint",
            "type": "pubkey"
          },
          {
            "name": "vault",
            "type": "pubkey"
          },
          {
            "name": "rateNum",
            "type": "u64"
          },
          {
            "name": "rateDen",
            "type": "u64"
          },
          {
            "name": "freezable",
            "docs": [
              "A warning: the mint has a freeze authority, which can block the vault and members' accounts."
            ],
            "type": "bool"
          },
          {
            "name": "transferFee",
            "docs": [
              "A warning: the mint can take a fee of every transfer, so members may get less than they are paid."
            ],
            "type": "bool"
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
      "name": "withdrawn",
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
            "name": "amount",
            "type": "u64"
          },
          {
            "name": "held",
            "docs": [
              "In the vault now."
            ],
            "type": "u64"
          }
        ]
      }
    }
  ],
  "constants": [
    {
      "name": "claimSeed",
      "type": "bytes",
      "value": "[99, 108, 97, 105, 109]"
    },
    {
      "name": "treasurySeed",
      "type": "bytes",
      "value": "[116, 114, 101, 97, 115, 117, 114, 121]"
    }
  ],
  "events": [
    {
      "name": "claimed",
      "discriminator": [
        217,
        192,
        123,
        72,
        108,
        150,
        248,
        33
      ]
    },
    {
      "name": "funded",
      "discriminator": [
        67,
        84,
        56,
        88,
        192,
        12,
        201,
        177
      ]
    },
    {
      "name": "rateChangeRequested",
      "discriminator": [
        183,
        56,
        156,
        237,
        205,
        239,
        223,
        93
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
      "name": "treasuryClosed",
      "discriminator": [
        26,
        168,
        113,
        36,
        29,
        229,
        33,
        182
      ]
    },
    {
      "name": "treasuryCreated",
      "discriminator": [
        190,
        59,
        58,
        105,
        76,
        234,
        21,
        199
      ]
    },
    {
      "name": "withdrawn",
      "discriminator": [
        20,
        89,
        223,
        198,
        194,
        124,
        219,
        13
      ]
    }
  ],
  "errors": [
    {
      "code": 6000,
      "name": "notAuthority",
      "msg": "Only the run's authority can do this: sign with the key that created the run"
    },
    {
      "code": 6001,
      "name": "notPayout",
      "msg": "Only the member's payout key can claim: sign with the payout key named when the node joined"
    },
    {
      "code": 6002,
      "name": "notOwnTokenAccount",
      "msg": "The tokens can only go to an account of the signer: pass a token account that it owns"
    },
    {
      "code": 6003,
      "name": "wrongTreasury",
      "msg": "The run names another treasury: create the run with this treasury's address (PDA \\treasury\\, run)"
    },
    {
      "code": 6004,
      "name": "wrongRun",
      "msg": "The account is of another run: pass the run that the treasury belongs to"
    },
    {
      "code": 6005,
      "name": "wrongMint",
      "msg": "The token is not this treasury's collateral: pass the mint stored in the treasury"
    },
    {
      "code": 6006,
      "name": "wrongVault",
      "msg": "Not this treasury's vault: pass the vault stored in the treasury"
    },
    {
      "code": 6007,
      "name": "wrongTokenProgram",
      "msg": "The collateral belongs to another token program: pass the one stored in the treasury"
    },
    {
      "code": 6008,
      "name": "extensionNotAllowed",
      "msg": "This Token-2022 mint has an extension that lets others take, block or change members' tokens: use a mint with none but metadata and transfer fee"
    },
    {
      "code": 6009,
      "name": "invalidAmount",
      "msg": "The amount must be at least 1 base unit"
    },
    {
      "code": 6010,
      "name": "nothingToClaim",
      "msg": "Nothing to claim: points become claimable when the epoch's Cooldown has settled them"
    },
    {
      "code": 6011,
      "name": "treasuryEmpty",
      "msg": "The treasury holds nothing at present: what you are owed stays owed, claim again when it is funded"
    },
    {
      "code": 6012,
      "name": "notCovered",
      "msg": "The treasury can't pay the next epoch: fund it with the number of base units that the log names, or lower the rate"
    },
    {
      "code": 6013,
      "name": "owedToMembers",
      "msg": "More than nobody is owed: withdraw at most the number of base units that the log names"
    },
    {
      "code": 6014,
      "name": "notVested",
      "msg": "The last epoch's points can be claimed when its Cooldown is over: try again in a moment"
    },
    {
      "code": 6015,
      "name": "runNotClosed",
      "msg": "The run is still there: close its accounts with close_run first"
    },
    {
      "code": 6016,
      "name": "vaultNotEmpty",
      "msg": "The vault still holds tokens: withdraw them first"
    },
    {
      "code": 6017,
      "name": "memberNotClosed",
      "msg": "The member's account is still there, or could come back: close it with close_member after the run's end first"
    },
    {
      "code": 6018,
      "name": "notFinished",
      "msg": "Collateral is bound until the run has finished: finish the run first"
    },
    {
      "code": 6019,
      "name": "invalidMint",
      "msg": "The mint can't be read as a token mint: pass an initialized SPL Token or Token-2022 mint"
    },
    {
      "code": 6020,
      "name": "arithmetic",
      "msg": "Arithmetic out of range: please report this with the transaction's signature"
    },
    {
      "code": 6021,
      "name": "brokenInvariant",
      "msg": "The treasury would break its own rules: please report this with the transaction's signature"
    }
  ]
};
