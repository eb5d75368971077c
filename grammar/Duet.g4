// The Duet language: lexer and parser. The one source of its keywords.
//
// Statements need no separator: each starts with a keyword or a name, and no expression continues with one.
// Words that are natural names for a user's own things stay usable as names (rule `name`).
//
// Rules for whoever changes it: keep every choice decidable by the next token wherever possible (those cost nothing and
// give the best messages); a soft keyword before a name needs two. Expressions are flat lists of operands and operators,
// and compiler/syntax gives them their precedence, so that a long sum costs no recursion.
grammar Duet;

file : (useDecl | item | ';')* EOF ;

// One entry of the REPL is either of these.
replEntry : (useDecl | item | declaration | statement | ';')* EOF ;
replExpression : scoped ';'* EOF ;

useDecl : 'use' (dotted | STRING) ;
dotted : name ('.' name)* ;

item : robotDef | moduleDef | plannerDef | functionDef | algorithmDef | settingsDef | experimentDef ;

// --- robots ------------------------------------------------------------------------------------------------
robotDef : 'robot' name parameters? ('extends' base=name ('(' arguments ')')?)? '{' (robotClause | ';')* '}' ;
robotClause
  : 'mjcf' STRING                       # mjcfClause
  | 'frames' expr                       # framesClause
  | 'limit' expr 'steps'                # limitClause
  | key=('observe' | 'reward' | 'done' | 'truncate') scoped  # valueClause
  | 'settle' expr 'frames'              # settleClause
  | 'action' ('[' size=expr ']')? ('within' limits=expr)? ('outside' treatment=name)?  # actionClause
  | 'control' (each='each' 'frame')? scoped                  # controlClause
  | 'randomize' bindings                # randomizeClause
  | 'set' modelEdit (',' modelEdit)*    # setClause
  | 'var' name axes? '=' expr ('then' scoped)?               # stateClause
  | 'reset' bindings ('until' expr)? ('where' where=bindings)?  # resetClause
  | method                              # robotMethod
  ;
modelEdit : name ('[' selector (',' selector)* ']')* '=' expr ;

// --- learners and models: nets, slow copies, variables, normalisers, methods ---------------------------------
moduleDef : kind=('learner' | 'model') name parameters '{' (moduleClause | ';')* '}' ;
moduleClause
  : 'net' name axes? '(' names ')' '->' output=expr '=' body=expr   # netDecl
  | 'slow' name '=' name 'at' expr                                  # slowDecl
  | 'var' name axes? '=' expr                                       # varDecl
  | 'normalize' names                                               # normalizeDecl
  | method                                                          # moduleMethod
  ;
method : name parameters (('=' | draws='~') scoped | block) ;

// --- planners: one mirror-descent step per iteration -----------------------------------------------------------
plannerDef : 'planner' name parameters '{' (plannerClause | ';')* '}' ;
plannerClause
  : 'theta' thetaDecl (',' thetaDecl)*                          # thetaClause
  | 'start' bindings                                            # startClause
  | 'shift' bindings                                            # shiftClause
  | 'let' binding                                               # letClause
  | 'repeat' expr                                               # repeatClause
  | 'precision' expr                                            # precisionClause
  | 'keep' bindings                                             # keepClause
  | 'draw' name axes '~' expr ('within' name)? (',' expr)*      # drawClause
  | 'rollout' rollout                                           # rolloutClause
  | 'score' binding                                             # scoreClause
  | 'weigh' binding                                             # weighClause
  | 'mirror' expr (mirrorStep | 'step' expr)?                   # mirrorClause
  | key=('act' | 'explore') (scoped | block)                    # actClause
  | 'record' rollout                                            # recordClause
  ;
thetaDecl : name axes ;
mirrorStep : 'on' names ('within' set=expr)? 'step' size=expr direction ;
direction : key='score' | key='pathwise' | key='down' expr ;
rollout : bindings ';'? 'each' name ('[' range ']')? ':' eachStep (',' eachStep)* ;
eachStep : binding | store ;
store : 'store' expr ('if' expr)? ;

// --- functions: utilities, mirror maps, potentials, and plain ones -----------------------------------------------------------
functionDef : kind=('function' | 'utility' | 'mirror' | 'potential') name parameters '=' scoped ;

// --- algorithms, their settings, experiments ----------------------------------------------------------------------------------
algorithmDef : 'algorithm' name parameters '{' (declaration | statement | ';')* '}' ;
declaration
  : 'memory' memoryDecl (',' memoryDecl)*                   # memoryDecls
  | kind=('model' | 'learner' | 'planner') name '=' expr    # instanceDecl
  ;
memoryDecl : name '(' expr ')' ;

settingsDef : 'settings' name 'on' names '{' (settingsEntry | ',' | ';')* '}' ;
settingsEntry : setting ;
setting : dotted '=' expr ;

experimentDef : 'experiment' name '{' (experimentClause | ';')* '}' ;
experimentClause
  : 'run' names 'on' names 'for' expr 'steps'   # runClause
  | 'seeds' expr (',' expr)*                    # seedsClause
  | key=('set' | 'vary') setting (',' setting)*  # settingsClause
  | 'expect' STRING ('of' algorithm=name)? ('on' robot=name)? ('with' setting (',' setting)*)? 'at' at=expr 'steps'
      'in' band=expr                            # expectClause
  ;

// --- statements ----------------------------------------------------------------------------------------------------
block : '{' (statement | ';')* '}' ;
statement
  : 'let' binding                                                   # letStmt
  | 'minimize' expr 'over' names 'with' expr                        # minimizeStmt
  | 'track' names                                                   # trackStmt
  | name op=('=' | '+=' | '-=' | '*=') expr                         # assignStmt
  | 'return' scoped                                                 # returnStmt
  | 'log' metric '=' expr                                           # logStmt
  | 'normalize' names 'from' expr                                   # normalizeStmt
  | 'split' name 'into' name ',' name ':' expr                      # splitStmt
  | 'until' expr 'stalls' expr 'epochs' 'by' expr block             # untilStmt
  | 'each' 'batch' name 'of' expr 'from' name ('shuffled' 'by' name)? block   # eachBatchStmt
  | 'loop' block                                                    # loopStmt
  | 'every' expr 'steps' block                                      # everyStmt
  | 'repeat' expr block                                             # repeatStmt
  | 'warm' 'up' expr 'steps' 'with' expr 'into' name                # warmUpStmt
  | 'interact' 'with' expr 'into' name                              # interactStmt
  | 'fit' name 'on' name                                            # fitStmt
  | 'update' name ('on' expr)?                                      # updateStmt
  | 'record' name 'from' expr 'starts' 'in' name 'into' name        # recordStmt
  | 'evaluate' expr 'for' expr 'episodes'                           # evaluateStmt
  ;

metric : metricPart ('.' metricPart)* ;
metricPart : name | 'model' | 'learner' | 'planner' ;    // as in `log model.loss = l`

// --- bindings, parameters, axes --------------------------------------------------------------------------------------
bindings : binding (',' binding)* ;
binding : pattern ('=' | draws='~') expr ;
pattern : name axes? parameters? | '(' names ')' ;
names : name (',' name)* ;
parameters : '(' (parameter (',' parameter)*)? (split=';' parameter (',' parameter)*)? ')' ;
parameter : name axes? ('=' expr)? ;
axes : '[' axis (',' axis)* ']' ;
axis : name (':' expr)? ;

// --- expressions -------------------------------------------------------------------------------------------------------
// From tight to loose: `.` `[]` `()`, `^` (right), unary `-`, `* /`, `+ -`, comparisons, `not`, `and`, `or`, `else`, `along`,
// `..`. A conditional is a prefix of its last branch, and a parameter one of its function.
scoped : expr ('where' bindings)? ;
expr : simple ('..' simple)? ;
range : simple (dots='..' simple?)? | dots='..' simple? ;
simple : flat ('along' flat 'over' name)* ;
flat : prefix* operand (infix prefix* operand)* ;
prefix : '-' | 'not' | 'if' expr 'then' expr 'else' ;
infix : '^' | '*' | '/' | '+' | '-' | '<' | '<=' | '>' | '>=' | '==' | '!=' | 'and' | 'or' ;
operand : primary suffix* ;
primary
  : NUMBER                        # numberExpr
  | ('true' | 'false')            # booleanExpr
  | STRING                        # stringExpr
  | name ('->' expr)?             # nameExpr          // or a function: s -> 2 * s
  | '[' (expr (',' expr)*)? ']'   # listExpr
  | '(' expr (',' expr)* ')'      # parenExpr
  ;
suffix
  : '.' name                            # fieldSuffix
  | '[' selector (',' selector)* ']'    # indexSuffix
  | '(' arguments ')'                   # callSuffix
  ;
arguments : (argument (',' argument)*)? (split=';' argument (',' argument)*)? ;
argument : expr (given=('=' | ':') expr)? ;            // what stands before `=` or `:` must be a name
selector : range (given=':' range | 'in' name)? ;     // what stands before `:` or `in` must be a name

name
  : IDENT | 'act' | 'explore' | 'step' | 'steps' | 'update' | 'fit' | 'start' | 'shift' | 'record' | 'draw' | 'score'
  | 'weigh' | 'batch' | 'log' | 'run' | 'seeds' | 'episodes' | 'epochs' | 'limit' | 'reward' | 'done' | 'observe'
  | 'reset' | 'frames' | 'on' | 'by' | 'of' | 'from' | 'up' | 'starts' | 'at' | 'store' | 'theta' | 'normalize'
  | 'truncate' | 'memory' | 'warm' | 'split' | 'rollout' | 'robot' | 'over' | 'action' | 'control' | 'settle' | 'frame'
  | 'outside' | 'randomize' | 'set' | 'extends' | 'precision' | 'keep' | 'down' | 'pathwise' | 'potential'
  | 'settings' | 'vary' | 'expect'
  ;

// --- tokens --------------------------------------------------------------------------------------------------------------
NUMBER : DIGITS ('.' DIGITS)? ([eE] [+-]? DIGITS)? ;
fragment DIGITS : [0-9] ('_'? [0-9])* ;
IDENT : [a-zA-Z_] [a-zA-Z0-9_]* '\''* ;
STRING : '"' (~["\\\r\n] | '\\' ~[\r\n])* '"' ;
UNTERMINATED : '"' (~["\\\r\n] | '\\' ~[\r\n])* '\\'? ;
COMMENT : '//' ~[\r\n]* -> channel(HIDDEN) ;
SPACE : [ \t\r\n]+ -> channel(HIDDEN) ;
UNKNOWN : . ;
